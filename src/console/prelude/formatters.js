// What goes into calls and comes out of answers, as web3.js 0.20 has it: quantities of blocks and receipts are
// numbers (BigNumbers where a number would not be exact), amounts are always BigNumbers.
(function ($) {
    'use strict';
    const { toDecimal, toBigNumber, toHex, fromDecimal } = $;
    const NAMES = ['latest', 'pending', 'earliest', 'safe', 'finalized', 'genesis', 'committed'];
    const isHash = (value) => typeof value === 'string' && /^0x[0-9a-f]{64}$/i.test(value);

    function block(value) {
        if (value === undefined || value === null) return $.settings.defaultBlock;
        if (NAMES.includes(value) || isHash(value) || typeof value === 'object' && !$.isBigNumber(value)) return value;
        return toHex(value);
    }

    function address(value) {
        if (typeof value === 'string' && /^0x[0-9a-f]{40}$/i.test(value)) return value;
        if (typeof value === 'string' && /^[0-9a-f]{40}$/i.test(value)) return '0x' + value;
        throw new Error('invalid address');
    }

    function quantity(value) {
        return value === undefined || value === null ? value : fromDecimal(value);
    }

    function callObject(given) {
        const out = { ...given };
        const from = out.from ?? $.settings.defaultAccount;
        if (from) out.from = address(from);
        if (out.to) out.to = address(out.to);
        for (const name of ['gasPrice', 'gas', 'value', 'nonce', 'maxFeePerGas', 'maxPriorityFeePerGas']) {
            if (out[name] !== undefined && out[name] !== null) out[name] = fromDecimal(out[name]);
            else delete out[name];
        }
        return out;
    }

    function transaction(given) {
        const out = callObject(given);
        out.from = address(out.from);
        return out;
    }

    function topic(value) {
        if (value === null || value === undefined) return null;
        const text = String(value);
        return text.startsWith('0x') ? text : $.fromUtf8(text);
    }

    function filter(given) {
        const out = { ...given };
        if (out.fromBlock !== undefined) out.fromBlock = block(out.fromBlock);
        if (out.toBlock !== undefined) out.toBlock = block(out.toBlock);
        if (out.topics) out.topics = out.topics.map((t) => Array.isArray(t) ? t.map(topic) : topic(t));
        return out;
    }

    /// Applies formatters to the fields that are there.
    function fieldsOf(value, table) {
        const out = { ...value };
        for (const [format, names] of table) {
            for (const name of names.split(' ')) {
                if (out[name] !== undefined && out[name] !== null) out[name] = format(out[name]);
            }
        }
        return out;
    }

    const outTransaction = (tx) => fieldsOf(tx, [
        [toDecimal, 'blockNumber transactionIndex nonce gas blockTimestamp'],
        [toBigNumber, 'value gasPrice maxFeePerGas maxPriorityFeePerGas maxFeePerBlobGas'],
    ]);
    const outLog = (log) => fieldsOf(log, [[toDecimal, 'blockNumber transactionIndex logIndex blockTimestamp']]);
    const outReceipt = (receipt) => fieldsOf(receipt, [
        [toDecimal, 'blockNumber transactionIndex cumulativeGasUsed gasUsed blobGasUsed'],
        [toBigNumber, 'effectiveGasPrice blobGasPrice'],
        [(logs) => logs.map(outLog), 'logs'],
    ]);
    const outBlock = (value) => fieldsOf(value, [
        [toDecimal, 'gasLimit gasUsed size timestamp timestampNanos number baseFeePerGas blobGasUsed excessBlobGas'],
        [toBigNumber, 'difficulty totalDifficulty'],
        [(all) => all.map((tx) => typeof tx === 'string' ? tx : outTransaction(tx)), 'transactions'],
    ]);
    const outSyncing = (value) => value === false ? false
        : fieldsOf(value, [[toDecimal, 'startingBlock currentBlock highestBlock knownStates pulledStates']]);

    $.settings = { defaultBlock: 'latest', defaultAccount: undefined };
    Object.assign($, { block, address, quantity, callObject, transaction, filter, isHash, outTransaction, outLog,
        outReceipt, outBlock, outSyncing, fieldsOf });
})
