// Contract ABI: types, encoding and decoding (Solidity's specification), numbers as BigNumbers.
(function ($) {
    'use strict';
    const WORD = 64;

    /// {kind, …} of a type name; components for tuples.
    function typeOf(text, components) {
        const array = /^(.*)\[(\d*)\]$/.exec(text);
        if (array) {
            return { kind: 'array', of: typeOf(array[1], components), size: array[2] === '' ? null : Number(array[2]), name: text };
        }
        if (text === 'tuple') {
            const parts = (components ?? []).map((c) => typeOf(c.type, c.components));
            return { kind: 'tuple', parts, names: (components ?? []).map((c) => c.name), name: `(${parts.map((p) => p.name).join(',')})` };
        }
        const match = /^(uint|int|bytes|address|bool|string|fixed|ufixed)(\d*)$/.exec(text);
        if (!match || match[1].endsWith('fixed')) throw new Error('unsupported ABI type: ' + text);
        const size = match[2] === '' ? 0 : Number(match[2]);
        if (match[1] === 'uint' || match[1] === 'int') {
            return { kind: match[1], bits: size || 256, name: `${match[1]}${size || 256}` };
        }
        if (match[1] === 'bytes' && size) return { kind: 'fixedBytes', size, name: text };
        return { kind: match[1], name: text };
    }

    function canonical(type) {
        if (type.kind === 'array') return `${canonical(type.of)}[${type.size ?? ''}]`;
        if (type.kind === 'tuple') return `(${type.parts.map(canonical).join(',')})`;
        return type.name;
    }

    function isDynamic(type) {
        switch (type.kind) {
            case 'bytes': case 'string': return true;
            case 'array': return type.size === null || isDynamic(type.of);
            case 'tuple': return type.parts.some(isDynamic);
            default: return false;
        }
    }

    /// Bytes that a value takes in the head of its tuple.
    function headSize(type) {
        if (isDynamic(type)) return 32;
        if (type.kind === 'array') return type.size * headSize(type.of);
        if (type.kind === 'tuple') return type.parts.reduce((sum, p) => sum + headSize(p), 0);
        return 32;
    }

    function word(value) {
        return BigInt.asUintN(256, value).toString(16).padStart(WORD, '0');
    }

    function integer(type, value) {
        const given = typeof value === 'boolean' ? Number(value) : value;
        const number = new $.BigNumber(given).trunc().toBigInt();
        const fits = type.kind === 'uint' ? BigInt.asUintN(type.bits, number) : BigInt.asIntN(type.bits, number);
        if (fits !== number) throw new Error(`value ${number} does not fit into ${type.name}`);
        return word(number);
    }

    function hexDigits(value) {
        const text = typeof value === 'string' && value.startsWith('0x') ? value.slice(2) : $.fromUtf8(value).slice(2);
        if (!/^([0-9a-f]{2})*$/i.test(text)) throw new Error('not hexadecimal: ' + value);
        return text;
    }

    const padded = (digits) => digits.padEnd(Math.ceil(digits.length / WORD) * WORD, '0');

    function encodeOne(type, value) {
        switch (type.kind) {
            case 'uint': case 'int': return integer(type, value);
            case 'bool': return word(value === true || value === 1 || value === 'true' ? 1n : 0n);
            case 'address': return $.address(value).slice(2).toLowerCase().padStart(WORD, '0');
            case 'fixedBytes': {
                const digits = hexDigits(value);
                if (digits.length > 2 * type.size) throw new Error(`value ${value} does not fit into ${type.name}`);
                return digits.padEnd(WORD, '0');
            }
            case 'bytes': {
                const digits = hexDigits(value);
                return word(BigInt(digits.length / 2)) + padded(digits);
            }
            case 'string': {
                const digits = $.fromUtf8(value).slice(2);
                return word(BigInt(digits.length / 2)) + padded(digits);
            }
            case 'array': {
                if (!Array.isArray(value) || (type.size !== null && value.length !== type.size)) {
                    throw new Error(`${type.name} needs an array${type.size === null ? '' : ` of ${type.size}`}`);
                }
                const items = encodeTuple(value.map(() => type.of), value);
                return (type.size === null ? word(BigInt(value.length)) : '') + items;
            }
            case 'tuple':
                return encodeTuple(type.parts, Array.isArray(value) ? value : type.names.map((name) => value[name]));
        }
        throw new Error('unsupported ABI type: ' + type.name);
    }

    function encodeTuple(types, values) {
        let head = '';
        let tail = '';
        const size = types.reduce((sum, type) => sum + headSize(type), 0);
        types.forEach((type, i) => {
            const encoded = encodeOne(type, values[i]);
            if (isDynamic(type)) {
                head += word(BigInt(size + tail.length / 2));
                tail += encoded;
            } else {
                head += encoded;
            }
        });
        return head + tail;
    }

    /// Reads within `hex` (digits without prefix); out of range is an error.
    function slice(hex, at, bytes) {
        const out = hex.slice(2 * at, 2 * (at + bytes));
        if (out.length !== 2 * bytes) throw new Error('the answer is shorter than its ABI type');
        return out;
    }

    function readSize(hex, at) {
        const value = BigInt('0x' + slice(hex, at, 32));
        if (value > BigInt(hex.length)) throw new Error('the answer does not fit its ABI type');
        return Number(value);
    }

    function decodeOne(type, hex, at) {
        switch (type.kind) {
            case 'uint': return new $.BigNumber(BigInt.asUintN(type.bits, BigInt('0x' + slice(hex, at, 32))));
            case 'int': return new $.BigNumber(BigInt.asIntN(type.bits, BigInt('0x' + slice(hex, at, 32))));
            case 'bool': return BigInt('0x' + slice(hex, at, 32)) !== 0n;
            case 'address': return '0x' + slice(hex, at, 32).slice(24);
            case 'fixedBytes': return '0x' + slice(hex, at, type.size);
            case 'bytes': return '0x' + slice(hex, at + 32, readSize(hex, at));
            case 'string': return $.toUtf8Whole('0x' + slice(hex, at + 32, readSize(hex, at)));
            case 'array': {
                const count = type.size ?? readSize(hex, at);
                const from = type.size === null ? at + 32 : at;
                return decodeTuple(Array(count).fill(type.of), hex, from);
            }
            case 'tuple': {
                const values = decodeTuple(type.parts, hex, at);
                return type.names.every(Boolean) ? Object.fromEntries(type.names.map((n, i) => [n, values[i]])) : values;
            }
        }
        throw new Error('unsupported ABI type: ' + type.name);
    }

    function decodeTuple(types, hex, base = 0) {
        let at = base;
        return types.map((type) => {
            const value = decodeOne(type, hex, isDynamic(type) ? base + readSize(hex, at) : at);
            at += headSize(type);
            return value;
        });
    }

    $.toUtf8Whole = (hex) => {
        try {
            return decodeURIComponent(hex.slice(2).replace(/../g, '%$&'));
        } catch {
            return $.toAscii(hex);  // No UTF-8: byte by byte.
        }
    };
    $.abi = {
        types: (inputs) => (inputs ?? []).map((input) => typeOf(input.type, input.components)),
        signature: (item) => `${item.name}(${(item.inputs ?? []).map((i) => canonical(typeOf(i.type, i.components))).join(',')})`,
        encode: (types, values) => encodeTuple(types, values),
        decode: (types, hex) => decodeTuple(types, hex.replace(/^0x/, '')),
        isDynamic,
    };
})
