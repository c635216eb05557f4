// BigNumber: exact decimal numbers with the interface console scripts expect of bignumber.js 2. Values are
// c / 10^e with integers c and e >= 0; nothing is rounded but by division, sqrt and what names a number of digits.
(function ($) {
    'use strict';

    const DIVISION_DIGITS = 20n;
    const EXPONENT_MAX = 100_000n;

    function fail(value) {
        throw new Error('not a number: ' + String(value));
    }

    function fromDecimalText(text, whole) {
        const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
        if (!match || (match[2] === '' && !match[3])) fail(whole);
        const fraction = match[3] ?? '';
        let c = BigInt((match[2] + fraction) || '0');
        let e = BigInt(fraction.length) - BigInt(match[4] ?? 0);
        if (e > EXPONENT_MAX || e < -EXPONENT_MAX) fail(whole);
        if (e < 0n) {
            c *= 10n ** -e;
            e = 0n;
        }
        return [match[1] === '-' ? -c : c, e];
    }

    function fromBase(text, base, whole) {
        const match = /^(-?)([0-9a-z]+)$/i.exec(text);
        if (!match || !(base >= 2 && base <= 36)) fail(whole);
        let c = 0n;
        for (const char of match[2].toLowerCase()) {
            const digit = parseInt(char, 36);
            if (digit >= base) fail(whole);
            c = c * BigInt(base) + BigInt(digit);
        }
        return [match[1] ? -c : c, 0n];
    }

    function parse(value, base) {
        if (value instanceof BigNumber) return [value._c, value._e];
        if (typeof value === 'bigint') return [value, 0n];
        if (typeof value === 'number' && !Number.isFinite(value)) fail(value);
        if (typeof value !== 'number' && typeof value !== 'string') fail(value);
        const text = String(value).trim();
        if (base !== undefined && base !== null && Number(base) !== 10) return fromBase(text, Number(base), value);
        const hex = /^(-?)0x([0-9a-f]+)$/i.exec(text);
        if (hex) return [BigInt('0x' + hex[2]) * (hex[1] ? -1n : 1n), 0n];
        return fromDecimalText(text, value);
    }

    function BigNumber(value, base) {
        if (!new.target) return new BigNumber(value, base);
        [this._c, this._e] = parse(value, base);
        while (this._e > 0n && this._c % 10n === 0n) {
            this._c /= 10n;
            this._e -= 1n;
        }
    }

    function make(c, e) {
        const out = new BigNumber(0);
        while (e > 0n && c % 10n === 0n) {
            c /= 10n;
            e -= 1n;
        }
        out._c = c;
        out._e = e;
        return out;
    }

    const absolute = (n) => n < 0n ? -n : n;

    /// Both over the same power of ten.
    function aligned(a, b) {
        const e = a._e > b._e ? a._e : b._e;
        return [a._c * 10n ** (e - a._e), b._c * 10n ** (e - b._e), e];
    }

    function squareRoot(n) {
        if (n < 2n) return n;
        let x = 1n << BigInt((n.toString(2).length >> 1) + 1);
        for (;;) {
            const next = (x + n / x) >> 1n;
            if (next >= x) return x;
            x = next;
        }
    }

    // bignumber.js's rounding modes: 0 up, 1 down, 2 ceil, 3 floor, 4 half up, 5 half down, 6 half even.
    function rounded(c, divisor, mode) {
        const quotient = c / divisor;
        const rest = absolute(c % divisor);
        if (rest === 0n) return quotient;
        const twice = rest * 2n;
        const away = mode === 0 || (mode === 2 && c > 0n) || (mode === 3 && c < 0n) ||
            (mode === 4 && twice >= divisor) || (mode === 5 && twice > divisor) ||
            (mode === 6 && (twice > divisor || (twice === divisor && quotient % 2n !== 0n)));
        return away ? quotient + (c < 0n ? -1n : 1n) : quotient;
    }

    function toDigits(number, digits, mode) {
        const wanted = BigInt(digits);
        if (number._e <= wanted) return number;
        return make(rounded(number._c, 10n ** (number._e - wanted), mode ?? 1), wanted);
    }

    function plainText(number, digits) {
        const text = absolute(number._c).toString().padStart(Number(number._e) + 1, '0');
        const point = text.length - Number(number._e);
        let fraction = text.slice(point);
        if (digits !== undefined) fraction = fraction.padEnd(digits, '0');
        return (number._c < 0n ? '-' : '') + text.slice(0, point) + (fraction ? '.' + fraction : '');
    }

    const methods = {
        plus(other, base) {
            const [a, b, e] = aligned(this, new BigNumber(other, base));
            return make(a + b, e);
        },
        minus(other, base) {
            const [a, b, e] = aligned(this, new BigNumber(other, base));
            return make(a - b, e);
        },
        times(other, base) {
            const right = new BigNumber(other, base);
            return make(this._c * right._c, this._e + right._e);
        },
        div(other, base) {
            const [a, b] = aligned(this, new BigNumber(other, base));
            if (b === 0n) throw new Error('division by zero');
            return make(a * 10n ** DIVISION_DIGITS / b, DIVISION_DIGITS);
        },
        divToInt(other, base) {
            const [a, b] = aligned(this, new BigNumber(other, base));
            if (b === 0n) throw new Error('division by zero');
            return make(a / b, 0n);
        },
        mod(other, base) {
            const [a, b, e] = aligned(this, new BigNumber(other, base));
            if (b === 0n) throw new Error('division by zero');
            return make(a % b, e);
        },
        pow(exponent) {
            const n = BigInt(Number(exponent));
            if (absolute(n) > EXPONENT_MAX) fail(exponent);
            const out = make(this._c ** absolute(n), this._e * absolute(n));
            return n < 0n ? new BigNumber(1).div(out) : out;
        },
        sqrt() {
            if (this._c < 0n) fail(this);
            return make(squareRoot(this._c * 10n ** (2n * DIVISION_DIGITS) / 10n ** this._e), DIVISION_DIGITS);
        },
        cmp(other, base) {
            const [a, b] = aligned(this, new BigNumber(other, base));
            return a < b ? -1 : a > b ? 1 : 0;
        },
        eq(other, base) { return this.cmp(other, base) === 0; },
        gt(other, base) { return this.cmp(other, base) > 0; },
        gte(other, base) { return this.cmp(other, base) >= 0; },
        lt(other, base) { return this.cmp(other, base) < 0; },
        lte(other, base) { return this.cmp(other, base) <= 0; },
        neg() { return make(-this._c, this._e); },
        abs() { return make(absolute(this._c), this._e); },
        floor() { return toDigits(this, 0, 3); },
        ceil() { return toDigits(this, 0, 2); },
        trunc() { return toDigits(this, 0, 1); },
        round(digits, mode) { return toDigits(this, digits ?? 0, mode ?? 4); },
        dp() { return Number(this._e); },
        shift(places) { return make(this._c, this._e)._shifted(BigInt(places)); },
        _shifted(n) {
            const e = this._e - n;
            return e >= 0n ? make(this._c, e) : make(this._c * 10n ** -e, 0n);
        },
        isInt() { return this._e === 0n; },
        isZero() { return this._c === 0n; },
        isNeg() { return this._c < 0n; },
        isFinite() { return true; },
        isNaN() { return false; },
        toFixed(digits, mode) {
            return digits === undefined || digits === null ? plainText(this)
                : plainText(toDigits(this, digits, mode ?? 1), Number(digits));
        },
        toFormat(digits, mode) {
            const [whole, fraction] = this.toFixed(digits, mode).split('.');
            return whole.replace(/\B(?=(\d{3})+$)/g, ',') + (fraction ? '.' + fraction : '');
        },
        toNumber() { return Number(plainText(this)); },
        toBigInt() {
            if (this._e !== 0n) throw new RangeError(`${plainText(this)} is not an integer`);
            return this._c;
        },
        toString(base) {
            if (base === undefined || base === null || Number(base) === 10) return plainText(this);
            return this.trunc()._c.toString(Number(base));
        },
    };
    const aliases = {
        add: 'plus', sub: 'minus', mul: 'times', multipliedBy: 'times', dividedBy: 'div', dividedToIntegerBy: 'divToInt',
        modulo: 'mod', toPower: 'pow', exponentiatedBy: 'pow', squareRoot: 'sqrt', comparedTo: 'cmp', equals: 'eq',
        isEqualTo: 'eq', greaterThan: 'gt', isGreaterThan: 'gt', greaterThanOrEqualTo: 'gte', isGreaterThanOrEqualTo: 'gte',
        lessThan: 'lt', isLessThan: 'lt', lessThanOrEqualTo: 'lte', isLessThanOrEqualTo: 'lte', negated: 'neg',
        absoluteValue: 'abs', truncated: 'trunc', isInteger: 'isInt', isNegative: 'isNeg', decimalPlaces: 'dp',
        shiftedBy: 'shift', toJSON: 'toFixed', valueOf: 'toFixed',
    };
    for (const [name, method] of Object.entries(methods)) {
        Object.defineProperty(BigNumber.prototype, name, { value: method, writable: true, configurable: true });
    }
    for (const [name, target] of Object.entries(aliases)) {
        const method = target === 'toFixed' ? function () { return plainText(this); } : methods[target];
        Object.defineProperty(BigNumber.prototype, name, { value: method, writable: true, configurable: true });
    }
    // `balance / 1e18` and `balance > 10` work in JavaScript numbers, as with bignumber.js; text stays exact.
    Object.defineProperty(BigNumber.prototype, Symbol.toPrimitive, {
        value(hint) { return hint === 'number' ? this.toNumber() : plainText(this); },
    });
    Object.assign(BigNumber, {
        ROUND_UP: 0, ROUND_DOWN: 1, ROUND_CEIL: 2, ROUND_FLOOR: 3, ROUND_HALF_UP: 4, ROUND_HALF_DOWN: 5, ROUND_HALF_EVEN: 6,
        config() { return {}; },
        max(...all) { return all.map((n) => new BigNumber(n)).reduce((a, b) => a.gt(b) ? a : b); },
        min(...all) { return all.map((n) => new BigNumber(n)).reduce((a, b) => a.lt(b) ? a : b); },
        isBigNumber(value) { return value instanceof BigNumber; },
    });

    const NativeBigInt = BigInt;
    // BigInt(x) would go through a JavaScript number and lose digits.
    globalThis.BigInt = new Proxy(NativeBigInt, {
        apply(target, self, [value]) { return value instanceof BigNumber ? value.toBigInt() : target(value); },
    });
    globalThis.BigNumber = BigNumber;
    $.BigNumber = BigNumber;
    $.isBigNumber = (value) => value instanceof BigNumber;
})
