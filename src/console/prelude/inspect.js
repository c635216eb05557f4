// How values and errors are printed: after geth's console, which sorts names, puts functions last, hides names
// that begin with an underscore, and does not go deeper than three levels.
(function ($) {
    'use strict';

    const LEVEL_MAX = 3;
    const BORING = new Set(['valueOf', 'toString', 'toLocaleString', 'hasOwnProperty', 'isPrototypeOf',
        'propertyIsEnumerable', 'constructor', 'arguments', 'caller', 'callee', 'prototype', 'toJSON']);
    const CODES = { number: '31', string: '32', special: '1', func: '35', error: '91' };

    const paint = (kind, text) => $.colors ? `\x1b[${CODES[kind]}m${text}\x1b[0m` : text;
    const indent = (level) => '  '.repeat(level);
    const tag = (value) => Object.prototype.toString.call(value).slice(8, -1);

    function read(object, name) {
        try {
            return object[name];
        } catch {
            return undefined;  // A property that asks the node, which would not say.
        }
    }

    function functionText(value) {
        if ($.methods.has(value)) return 'function()';
        const text = Function.prototype.toString.call(value).split('{')[0].split('=>')[0].trim();
        return text.startsWith('class') ? text : text.replace(' (', '(');
    }

    function fields(object) {
        const names = new Set();
        for (let at = object; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
            for (const name of Object.getOwnPropertyNames(at)) {
                if (!BORING.has(name) && !name.startsWith('_')) names.add(name);
            }
        }
        const entries = [...names].map((name) => [name, read(object, name)]);
        const sorted = (wanted) => entries.filter(([, value]) => (typeof value === 'function') === wanted)
            .sort(([a], [b]) => a < b ? -1 : 1);
        return [...sorted(false), ...sorted(true)];
    }

    function arrayText(value, level) {
        const items = [];
        for (let i = 0; i < value.length; i++) items.push(render(value[i], level + 1, true));
        return `[${items.join(', ')}]`;
    }

    function objectText(value, level, inArray) {
        const entries = fields(value);
        if (entries.length === 0) return '{}';
        if (level > LEVEL_MAX) return paint('special', '{...}');
        const lines = entries.map(([name, field]) => `${indent(level + 1)}${name}: ${render(field, level + 1, false)}`);
        return `{\n${lines.join(',\n')}\n${indent(inArray ? level - 1 : level)}}`;
    }

    function render(value, level, inArray) {
        switch (typeof value) {
            case 'undefined': case 'boolean': return paint('special', String(value));
            case 'number': case 'bigint': return paint('number', String(value));
            case 'string': return paint('string', JSON.stringify(value));
            case 'symbol': return String(value);
            case 'function': return paint('func', functionText(value));
        }
        if (value === null) return paint('special', 'null');
        if ($.isBigNumber(value)) return paint('number', value.toString());
        if (Array.isArray(value)) {
            if (value.length === 0) return '[]';
            return level > LEVEL_MAX ? paint('special', '[...]') : arrayText(value, level);
        }
        if (value instanceof Error) return paint('error', `${value.name}: ${value.message}`);
        switch (tag(value)) {
            case 'Object': return objectText(value, level, inArray);
            case 'RegExp': return paint('string', String(value));
            case 'Map': case 'Set': return `<${tag(value)} of ${value.size}>`;
            case 'Promise': return '<Promise>';
            default: return `<${tag(value)} ${String(value)}>`;
        }
    }

    /// What stands behind "at" in SpiderMonkey's stack, without our own frames.
    function frames(error) {
        return String(error.stack ?? '').split('\n').filter((line) => line && !line.includes('@<otento>/') &&
            !line.includes('@<console>:')).map((line) => {
            const [name, place] = [line.slice(0, line.indexOf('@')), line.slice(line.indexOf('@') + 1)];
            return name ? `\tat ${name} (${place})` : `\tat ${place}`;
        });
    }

    function describeError(error) {
        if (!(error instanceof Error)) return paint('error', 'Error: ' + (typeof error === 'string' ? error : render(error, 0, false)));
        let text = `${error.name}: ${error.message}`;
        if (error instanceof SyntaxError && error.fileName && !error.fileName.startsWith('<')) {
            text += ` (${error.fileName}:${error.lineNumber}:${error.columnNumber})`;
        }
        return [paint('error', text), ...frames(error)].join('\n');
    }

    function logText(value) {
        return typeof value === 'string' ? value : render(value, 0, false);
    }

    $.methods = new WeakSet();  // Functions that call the node.
    $.inspect = (value) => render(value, 0, false);
    $.describeError = describeError;
    $.logText = (values) => values.map(logText).join(' ');
})
