// eth.contract(abi).at(address) and .new(…), events, and filters that poll.
(function ($) {
    'use strict';
    const POLL_MS = 500;

    const isOptions = (value) => value !== null && typeof value === 'object' && !Array.isArray(value) && !$.isBigNumber(value);
    const selector = (item) => $.sha3($.abi.signature(item)).slice(0, 10);

    /// Arguments of a function call: values, then options, then a block.
    function split(item, all) {
        const count = (item.inputs ?? []).length;
        const rest = all.slice(count);
        if (all.length < count) {
            throw new Error(`Invalid number of arguments to Solidity function: ${item.name ?? 'constructor'} takes ${count}, got ${all.length}`);
        }
        const options = rest.find(isOptions) ?? {};
        const at = rest.find((x) => x !== undefined && !isOptions(x));
        return { values: all.slice(0, count), options, at };
    }

    function unwrap(item, hex) {
        const outputs = $.abi.types(item.outputs);
        if (outputs.length === 0) return undefined;
        if (hex === '0x') return outputs.length === 1 ? '0x' : [];
        const values = $.abi.decode(outputs, hex);
        return values.length === 1 ? values[0] : values;
    }

    function makeFunction(item, address) {
        const types = $.abi.types(item.inputs);
        const constant = item.constant || item.stateMutability === 'view' || item.stateMutability === 'pure';
        const data = (values) => selector(item) + $.abi.encode(types, values);
        const payload = (all) => {
            const { values, options, at } = split(item, all);
            return { tx: { ...options, to: address, data: data(values) }, at };
        };
        const wrapped = (body) => {
            const out = (...all) => $.withCallback(all, (args) => body(payload(args)));
            $.methods.add(out);
            return out;
        };
        const call = wrapped(({ tx, at }) => unwrap(item, eth.call(tx, at)));
        const send = wrapped(({ tx }) => {
            if ($.toBigNumber(tx.value ?? 0).gt(0) && !(item.payable || item.stateMutability === 'payable' || item.payable === undefined && !item.stateMutability)) {
                throw new Error('Cannot send value to non-payable function');
            }
            return eth.sendTransaction(tx);
        });
        const out = constant ? wrapped(({ tx, at }) => unwrap(item, eth.call(tx, at))) : wrapped(({ tx }) => eth.sendTransaction(tx));
        out.call = call;
        out.sendTransaction = send;
        out.estimateGas = wrapped(({ tx }) => eth.estimateGas(tx));
        out.getData = (...values) => data(split(item, values).values);
        out.request = (...all) => {
            const callback = typeof all[all.length - 1] === 'function' ? all.pop() : null;
            const { tx, at } = payload(all);
            const made = constant ? eth.call.request(tx, at) : eth.sendTransaction.request(tx);
            return Object.assign(made, { callback, format: constant ? (hex) => unwrap(item, hex) : (x) => x });
        };
        return out;
    }

    const eventTopic = (item) => $.sha3($.abi.signature(item));

    function decodeEvent(item, log) {
        const inputs = item.inputs ?? [];
        const plain = inputs.filter((i) => !i.indexed);
        const values = $.abi.decode($.abi.types(plain), log.data === '0x' ? '' : log.data);
        const topics = log.topics.slice(item.anonymous ? 0 : 1);
        const args = {};
        for (const input of inputs) {
            if (!input.indexed) {
                args[input.name] = values.shift();
                continue;
            }
            const [type] = $.abi.types([input]);
            const topic = topics.shift() ?? '0x';
            // What does not fit a word is there as its hash only.
            args[input.name] = $.abi.isDynamic(type) || type.kind === 'array' || type.kind === 'tuple' ? topic
                : $.abi.decode([type], topic)[0];
        }
        const { topics: _, data: __, ...rest } = $.outLog(log);
        return { ...rest, event: item.name, args };
    }

    function makeEvent(item, address) {
        const out = (indexed = {}, options = {}, callback) => {
            const topics = item.anonymous ? [] : [eventTopic(item)];
            for (const input of (item.inputs ?? []).filter((i) => i.indexed)) {
                const wanted = indexed?.[input.name];
                const [type] = $.abi.types([input]);
                const encode = (value) => $.abi.isDynamic(type) ? $.sha3(value) : '0x' + $.abi.encode([type], [value]);
                topics.push(wanted === undefined || wanted === null ? null : Array.isArray(wanted) ? wanted.map(encode) : encode(wanted));
            }
            while (topics.length && topics[topics.length - 1] === null) topics.pop();
            return makeFilter({ ...options, address, topics }, callback, (log) => decodeEvent(item, log));
        };
        $.methods.add(out);
        return out;
    }

    function attach(contract, abi, address) {
        contract.address = address;
        for (const item of abi) {
            if (item.type !== 'function' && item.type !== 'event') continue;
            const made = item.type === 'event' ? makeEvent(item, address) : makeFunction(item, address);
            const typeNames = $.abi.signature(item).slice(item.name.length + 1, -1);
            contract[item.name] ??= made;
            contract[item.name][typeNames] = made;
        }
        const events = abi.filter((item) => item.type === 'event');
        contract.allEvents = (options = {}, callback) => makeFilter({ ...options, address }, callback, (log) => {
            const item = events.find((e) => !e.anonymous && eventTopic(e) === log.topics[0]);
            return item ? decodeEvent(item, log) : $.outLog(log);
        });
        $.methods.add(contract.allEvents);
        return contract;
    }

    function watchCreation(contract, abi, callback) {
        const timer = setInterval(() => {
            let receipt;
            try {
                receipt = eth.getTransactionReceipt(contract.transactionHash);
            } catch (error) {
                clearInterval(timer);
                callback?.(error);
                return;
            }
            if (!receipt) return;
            clearInterval(timer);
            if (receipt.contractAddress && eth.getCode(receipt.contractAddress) !== '0x') {
                attach(contract, abi, receipt.contractAddress);
                callback?.(null, contract);
            } else {
                callback?.(new Error('The contract code couldn\'t be stored, please check your gas amount.'));
            }
        }, POLL_MS);
    }

    function contractFactory(abi) {
        if (!Array.isArray(abi)) throw new Error('an ABI is an array');
        const creator = abi.find((item) => item.type === 'constructor') ?? { inputs: [] };
        const codeOf = (all) => {
            const { values, options } = split(creator, all);
            if (!options.data) throw new Error('no contract code: give {data: …}');
            return { ...options, data: options.data + $.abi.encode($.abi.types(creator.inputs), values) };
        };
        const factory = {
            abi,
            eth,
            at(address, callback) {
                const contract = attach({ abi, transactionHash: null }, abi, $.address(address));
                callback?.(null, contract);
                return contract;
            },
            getData: (...all) => codeOf(all).data,
            new(...all) {
                const callback = typeof all[all.length - 1] === 'function' ? all.pop() : null;
                const contract = { abi, address: undefined, transactionHash: null };
                try {
                    contract.transactionHash = eth.sendTransaction(codeOf(all));
                } catch (error) {
                    if (!callback) throw error;
                    callback(error);
                    return contract;
                }
                callback?.(null, contract);
                watchCreation(contract, abi, callback);
                return contract;
            },
        };
        Object.defineProperty(factory, 'eth', { enumerable: false });
        return factory;
    }

    /// A filter on the node. get() answers once, watch() polls, stopWatching() removes it.
    function makeFilter(options, watcher, format) {
        const kinds = { latest: 'eth_newBlockFilter', pending: 'eth_newPendingTransactionFilter' };
        const logs = !(typeof options === 'string');
        if (!logs && !kinds[options]) throw new Error('unknown filter: ' + options);
        const id = logs ? $.call('eth_newFilter', [$.filter(options)]) : $.call(kinds[options]);
        const out = { filterId: id, options: logs ? options : null };
        const shape = logs ? (format ?? $.outLog) : (x) => x;
        let timer = null;
        out.get = (callback) => $.withCallback(callback ? [callback] : [], () =>
            $.call(logs ? 'eth_getFilterLogs' : 'eth_getFilterChanges', [id]).map(shape));
        out.watch = (callback) => {
            timer ??= setInterval(() => {
                let changes;
                try {
                    changes = $.call('eth_getFilterChanges', [id]);
                } catch (error) {
                    clearInterval(timer);
                    callback(error);
                    return;
                }
                for (const change of changes) callback(null, shape(change));
            }, POLL_MS);
            return out;
        };
        out.stopWatching = (callback) => {
            if (timer !== null) clearInterval(timer);
            timer = null;
            return $.withCallback(callback ? [callback] : [], () => $.call('eth_uninstallFilter', [id]));
        };
        for (const name of ['get', 'watch', 'stopWatching']) $.methods.add(out[name]);
        if (watcher) out.watch(watcher);
        return out;
    }

    Object.assign($, { contractFactory, makeFilter });
})
