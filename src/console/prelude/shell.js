// What the console itself offers: output, timers, scripts, passwords asked for, completion, the greeting.
(function ($) {
    'use strict';
    const native = $.native;
    const write = (values) => { native.write($.logText(values) + '\n'); };

    // --- Output

    globalThis.console = {
        log: (...values) => write(values), info: (...values) => write(values), warn: (...values) => write(values),
        error: (...values) => write(values), debug: (...values) => write(values),
    };
    globalThis.print = (...values) => write(values);
    globalThis.inspect = (...values) => values.forEach((value) => native.write($.inspect(value) + '\n'));

    // --- Timers: they run while the console waits for input.

    const timers = new Map();
    let timerSerial = 0;
    const now = () => Number(native.now());
    function addTimer(callback, delay, args, repeat) {
        const wait = Math.max(0, Number(delay) || 0);
        timers.set(++timerSerial, { callback, args, due: now() + wait, every: repeat ? Math.max(1, wait) : 0 });
        return timerSerial;
    }
    globalThis.setTimeout = (callback, delay, ...args) => addTimer(callback, delay, args, false);
    globalThis.setInterval = (callback, delay, ...args) => addTimer(callback, delay, args, true);
    globalThis.clearTimeout = globalThis.clearInterval = (id) => { timers.delete(id); };

    /// Runs what is due. Returns the milliseconds to the next one, or nothing.
    $.runTimers = () => {
        for (const [id, timer] of [...timers].sort(([, a], [, b]) => a.due - b.due)) {
            if (timer.due > now() || !timers.has(id)) continue;
            if (timer.every) timer.due = now() + timer.every;
            else timers.delete(id);
            try {
                timer.callback(...timer.args);
            } catch (error) {
                native.write($.describeError(error) + '\n');
            }
        }
        return timers.size === 0 ? '' : String(Math.max(0, Math.min(...[...timers.values()].map((t) => t.due)) - now()));
    };

    /// Waits, and lets timers run.
    function sleep(seconds) {
        const end = now() + Number(seconds) * 1000;
        for (;;) {
            const next = $.runTimers();
            const left = end - now();
            if (left <= 0) return true;
            native.sleep(String(Math.min(left, next === '' ? left : Math.max(1, Number(next)))));
        }
    }

    function sleepBlocks(count, timeout) {
        const target = $.toBigNumber(eth.blockNumber).plus(count ?? 1);
        const end = now() + (timeout === undefined ? Infinity : Number(timeout) * 1000);
        while (target.gt(eth.blockNumber)) {
            if (now() >= end) return false;
            sleep(0.2);
        }
        return true;
    }

    // --- Scripts

    globalThis.loadScript = (file) => {
        const source = native.readFile(String(file));
        native.run(source, String(file));
        return true;
    };
    globalThis.exit = (code) => { native.exit(String(code ?? 0)); };

    // --- personal, with passwords asked for where they are left out

    const askTwice = () => {
        const first = native.promptPassword('Passphrase: ');
        if (native.promptPassword('Repeat passphrase: ') !== first) throw new Error('passphrases don\'t match!');
        return first;
    };
    const ask = (title) => {
        native.write(title + '\n');
        return native.promptPassword('Passphrase: ');
    };

    function addPersonal() {
        const { method, address, transaction } = $;
        const personal = $.namespace('personal', {
            listAccounts: ['personal_listAccounts'], listWallets: ['personal_listWallets'],
        }, {
            importRawKey: ['personal_importRawKey', [null, null], { required: 2 }],
            lockAccount: ['personal_lockAccount', [address], { required: 1 }],
            sendTransaction: ['personal_sendTransaction', [transaction, null], { required: 2 }],
            signTransaction: ['personal_signTransaction', [transaction, null], { required: 2 }],
            signAndSendTransaction: ['personal_signAndSendTransaction', [transaction, null], { required: 2 }],
            ecRecover: ['personal_ecRecover', [null, null], { required: 2 }],
            openWallet: ['personal_openWallet', [null, null], { required: 1 }],
            deriveAccount: ['personal_deriveAccount', [null, null, null], { required: 2 }],
        });
        const create = method('personal_newAccount', [null]);
        const unlock = method('personal_unlockAccount', [address, null, null]);
        const sign = method('personal_sign', [null, address, null]);
        const wrap = (name, prepare, remote) => {
            personal[name] = (...all) => $.withCallback(all, (args) => remote(...prepare(args)));
            $.methods.add(personal[name]);
        };
        wrap('newAccount', ([password]) => [password ?? askTwice()], create);
        wrap('unlockAccount', ([account, password, seconds]) =>
            [account, password ?? ask(`Unlock account ${$.address(account)}`), seconds ?? null], unlock);
        wrap('sign', ([message, account, password]) =>
            [message, account, password ?? ask(`Give password for account ${$.address(account)}`)], sign);
        return personal;
    }

    function addAdmin() {
        Object.assign(admin, { sleep, sleepBlocks, clearHistory: () => native.clearHistory() === '' || true });
    }

    // --- Completion and greeting

    $.complete = (line) => {
        const path = /[\w$.]*$/.exec(line)[0].split('.');
        const prefix = path.pop();
        let object = globalThis;
        for (const name of path) {
            if (object === null || object === undefined || !(name in Object(object))) return '';
            object = object[name];
        }
        if (object === null || object === undefined) return '';
        const names = new Set();
        for (let at = Object(object); at && (at !== Object.prototype || at === object); at = Object.getPrototypeOf(at)) {
            for (const name of Object.getOwnPropertyNames(at)) {
                if (name.startsWith(prefix) && !(name.startsWith('_') && !prefix) && /^[A-Za-z_$][\w$]*$/.test(name)) names.add(name);
            }
        }
        const head = path.map((name) => name + '.').join('');
        const found = [...names].sort().map((name) => {
            // Reading a property that asks the node would ask it for every key pressed.
            const { value } = Object.getOwnPropertyDescriptor(Object(object), name) ?? {};
            const ending = names.size > 1 ? '' : typeof value === 'function' ? '(' : value && typeof value === 'object' && !Array.isArray(value) ? '.' : '';
            return head + name + ending;
        });
        return found.join('\n');
    };

    function blockTime(block) {
        let stamp = $.toBigNumber(block.timestamp);
        while (stamp.gt(1e11)) stamp = stamp.div(1e9).floor();  // GoQuorum's Raft chains count nanoseconds.
        return new Date(stamp.toNumber() * 1000).toUTCString();
    }

    $.greeting = () => {
        const attempt = (read) => {
            try {
                return read();
            } catch {
                return undefined;
            }
        };
        const lines = [['instance', attempt(() => $.call('web3_clientVersion'))], ['coinbase', attempt(() => eth.coinbase)],
            ['at block', attempt(() => {
                const block = eth.getBlock('latest');
                return `${block.number} (${blockTime(block)})`;
            })], [' datadir', attempt(() => admin.datadir)],
            [' modules', attempt(() => Object.entries(rpc.modules).sort().map(([n, v]) => `${n}:${v}`).join(' '))]];
        return 'Welcome to the Otento JavaScript console!\n\n' +
            lines.filter(([, text]) => text !== undefined && text !== null).map(([name, text]) => `${name}: ${text}\n`).join('') +
            '\nTo exit, press ctrl-d or type exit\n';
    };

    Object.assign($, { addPersonal, addAdmin });
})
