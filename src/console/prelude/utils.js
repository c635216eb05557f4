// Conversions of web3.js 0.20: units, hexadecimal, text, addresses, block names.
(function ($) {
    'use strict';
    const { BigNumber, isBigNumber } = $;

    const UNITS = {
        noether: null, wei: 0, kwei: 3, Kwei: 3, babbage: 3, femtoether: 3, mwei: 6, Mwei: 6, lovelace: 6, picoether: 6,
        gwei: 9, Gwei: 9, shannon: 9, nanoether: 9, nano: 9, szabo: 12, microether: 12, micro: 12, finney: 15,
        milliether: 15, milli: 15, ether: 18, kether: 21, grand: 21, mether: 24, gether: 27, tether: 30,
    };

    function exponentOf(unit) {
        const name = unit ? String(unit) : 'ether';
        const exponent = UNITS[name] ?? UNITS[name.toLowerCase()];
        if (exponent === undefined || (exponent === null && name !== 'noether')) {
            throw new Error('This unit doesn\'t exists, please use the one of the following units: ' +
                Object.keys(UNITS).join(', '));
        }
        return exponent;
    }

    function toBigNumber(value) {
        return new BigNumber(value === undefined || value === null || value === '' ? 0 : value);
    }

    const isHex = (text) => typeof text === 'string' && /^-?0x[0-9a-f]*$/i.test(text);
    const isAddress = (text) => typeof text === 'string' && /^(0x)?[0-9a-f]{40}$/i.test(text) &&
        (text === text.toLowerCase() || /^(0x|0X)?[0-9A-F]{40}$/.test(text) || isChecksumAddress(text));

    /// Exact: a JavaScript number while it is safe, else a BigNumber.
    function toDecimal(value) {
        if (value === null || value === undefined) return value;
        const number = toBigNumber(value);
        return number.isInt() && number.abs().gt(Number.MAX_SAFE_INTEGER) ? number : number.toNumber();
    }

    function fromDecimal(value) {
        const number = toBigNumber(value);
        const text = number.toString(16);
        return number.isNeg() ? '-0x' + text.slice(1) : '0x' + text;
    }

    function utf8Bytes(text) {
        const out = [];
        for (const char of String(text)) {
            const code = char.codePointAt(0);
            if (code < 0x80) out.push(code);
            else if (code < 0x800) out.push(0xc0 | (code >> 6), 0x80 | (code & 63));
            else if (code < 0x10000) out.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
            else out.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
        }
        return out;
    }

    const hexOf = (bytes) => '0x' + bytes.map((b) => b.toString(16).padStart(2, '0')).join('');

    function bytesOf(hex) {
        const digits = String(hex).replace(/^0x/i, '');
        const out = [];
        for (let i = 0; i + 1 < digits.length; i += 2) out.push(parseInt(digits.slice(i, i + 2), 16));
        return out;
    }

    const fromUtf8 = (text) => hexOf(utf8Bytes(text));

    function toUtf8(hex) {
        const bytes = bytesOf(hex);
        const end = bytes.indexOf(0);
        const text = (end < 0 ? bytes : bytes.slice(0, end)).map((b) => '%' + b.toString(16).padStart(2, '0')).join('');
        return decodeURIComponent(text);
    }

    const toAscii = (hex) => bytesOf(hex).map((b) => String.fromCharCode(b)).join('');

    function fromAscii(text, length) {
        const out = hexOf([...String(text)].map((c) => c.charCodeAt(0) & 0xff));
        return length ? out.padEnd(2 + 2 * length, '0') : out;
    }

    function toHex(value) {
        if (typeof value === 'boolean') return fromDecimal(Number(value));
        if (isBigNumber(value) || typeof value === 'bigint') return fromDecimal(value);
        if (value !== null && typeof value === 'object') return fromUtf8(JSON.stringify(value));
        if (typeof value === 'string') {
            if (value.startsWith('-0x')) return fromDecimal(value);
            if (value.startsWith('0x')) return value;
            if (value.trim() === '' || !Number.isFinite(Number(value))) return fromUtf8(value);
        }
        return fromDecimal(value);
    }

    function toWei(value, unit) {
        const exponent = exponentOf(unit);
        const out = exponent === null ? new BigNumber(0) : toBigNumber(value).shift(exponent);
        return isBigNumber(value) ? out : out.toString();
    }

    function fromWei(value, unit) {
        const exponent = exponentOf(unit);
        const out = exponent === null ? new BigNumber(0) : toBigNumber(value).shift(-exponent);
        return isBigNumber(value) ? out : out.toString();
    }

    function sha3(text, options) {
        const hex = options && options.encoding === 'hex';
        return $.native.keccak256(hex ? String(text).replace(/^0x/i, '') : fromUtf8(text).slice(2));
    }

    function toChecksumAddress(address) {
        if (address === undefined || address === null) return '';
        if (!/^(0x)?[0-9a-f]{40}$/i.test(address)) throw new Error('Given address is not a valid Ethereum address: ' + address);
        const digits = address.toLowerCase().replace(/^0x/, '');
        const hash = sha3(digits).slice(2);
        return '0x' + [...digits].map((c, i) => parseInt(hash[i], 16) > 7 ? c.toUpperCase() : c).join('');
    }

    function isChecksumAddress(text) {
        return /^0x[0-9a-f]{40}$/i.test(text) && toChecksumAddress(text) === text;
    }

    const padLeft = (text, chars, sign) => String(text).padStart(chars, sign ?? '0');
    const padRight = (text, chars, sign) => String(text).padEnd(chars, sign ?? '0');

    Object.assign($, {
        toBigNumber, isHex, isAddress, toDecimal, fromDecimal, utf8Bytes, hexOf, bytesOf, fromUtf8, toUtf8, toAscii,
        fromAscii, toHex, toWei, fromWei, sha3, toChecksumAddress, isChecksumAddress, padLeft, padRight, UNITS,
    });
})
