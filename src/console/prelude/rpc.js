// Calls to the node: envelopes, callbacks, and how methods are described in tables.
(function ($) {
    'use strict';

    let serial = 0;

    function rpcError(error) {
        const out = new Error(error && error.message !== undefined ? error.message : JSON.stringify(error));
        if (error && error.code !== undefined) out.code = error.code;
        if (error && error.data !== undefined) out.data = error.data;
        return out;
    }

    /// JSON of a request: big numbers travel as quantities.
    function encode(payload) {
        return JSON.stringify(payload, function (key, value) {
            const raw = this[key];
            return typeof raw === 'bigint' || $.isBigNumber(raw) ? $.fromDecimal(raw) : value;
        });
    }

    function exchange(payload) {
        const text = $.native.send(encode(payload));
        try {
            return JSON.parse(text);
        } catch {
            throw new Error('Invalid JSON RPC response: ' + JSON.stringify(text.slice(0, 200)));
        }
    }

    function request(method, params) {
        return { jsonrpc: '2.0', id: ++serial, method, params: params ?? [] };
    }

    /// Result of one call; an error of the node is thrown.
    function call(method, params) {
        const answer = exchange(request(method, params));
        if (answer === null || typeof answer !== 'object') throw new Error('Invalid JSON RPC response: ' + JSON.stringify(answer));
        if (answer.error) throw rpcError(answer.error);
        if (!('result' in answer)) throw new Error('Invalid JSON RPC response: ' + JSON.stringify(answer));
        return answer.result;
    }

    /// Node-style: the last argument, if it is a function, hears (error, result).
    function withCallback(args, body) {
        const callback = typeof args[args.length - 1] === 'function' ? args.pop() : null;
        if (!callback) return body(args);
        let result;
        try {
            result = body(args);
        } catch (error) {
            callback(error);
            return undefined;
        }
        callback(null, result);
        return undefined;
    }

    function formatted(inputs, args) {
        const out = [];
        for (let i = 0; i < Math.max(inputs.length, args.length); i++) {
            out.push(inputs[i] ? inputs[i](args[i]) : args[i]);
        }
        while (out.length && out[out.length - 1] === undefined) out.pop();
        return out;
    }

    /// @param name     Method, or a function of the arguments that chooses one.
    /// @param inputs   A formatter for each parameter, null where none is needed.
    /// @param options  output: formatter of the result; required: arguments that must be there.
    function method(name, inputs = [], { output = (x) => x, required = 0 } = {}) {
        function prepare(args) {
            if (args.length < required) throw new Error('Invalid number of input parameters to RPC method');
            return request(typeof name === 'function' ? name(args) : name, formatted(inputs, args));
        }
        function result(value) {
            return value === null || value === undefined ? value : output(value);
        }
        const out = function (...all) {
            return withCallback(all, (args) => {
                const { method: chosen, params } = prepare(args);
                return result(call(chosen, params));
            });
        };
        out.request = function (...all) {
            const callback = typeof all[all.length - 1] === 'function' ? all.pop() : null;
            return Object.assign(prepare(all), { callback, format: result });
        };
        $.methods.add(out);
        $.methods.add(out.request);
        return out;
    }

    /// A value that is asked for each time it is read; `getName(callback)` as well.
    function property(target, name, remote, output = (x) => x) {
        const read = () => {
            const value = call(remote, []);
            return value === null ? value : output(value);
        };
        Object.defineProperty(target, name, { get: read, enumerable: true, configurable: true });
        const getter = function (...args) { return withCallback(args, read); };
        getter.request = (callback) => Object.assign(request(remote, []), { callback, format: output });
        $.methods.add(getter);
        Object.defineProperty(target, 'get' + name[0].toUpperCase() + name.slice(1),
            { value: getter, enumerable: true, configurable: true });
    }

    /// Calls collected and sent at once; each has its callback.
    function createBatch() {
        const waiting = [];
        return {
            add(item) { waiting.push(item); },
            execute() {
                const items = waiting.splice(0);
                if (items.length === 0) return;
                const answers = exchange(items.map(({ jsonrpc, id, method: name, params }) => ({ jsonrpc, id, method: name, params })));
                const byId = new Map((Array.isArray(answers) ? answers : []).map((a) => [a.id, a]));
                for (const item of items) {
                    const answer = byId.get(item.id);
                    if (!item.callback) continue;
                    if (!answer || answer.error) item.callback(rpcError(answer ? answer.error : { message: 'no answer' }));
                    else item.callback(null, answer.result === null ? null : item.format(answer.result));
                }
            },
        };
    }

    const provider = {
        send(payload, callback) {
            return withCallback(callback ? [callback] : [], () => exchange(payload));
        },
        isConnected() {
            try {
                call('web3_clientVersion');
                return true;
            } catch (error) {
                return error.code !== undefined;
            }
        },
    };
    provider.sendAsync = provider.send;

    Object.assign($, { call, exchange, request, method, property, createBatch, provider, withCallback, rpcError });
})
