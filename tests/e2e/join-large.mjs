// A new node on a chain with many transactions: how long until it is ready, and what the leader's answers take meanwhile
// (send to receipt of a light probe, before and during). Every RPC method is asked on the joiner meanwhile. Then another one
// joins and is killed at random moments of it. Prints figures; fails above the bounds. The short form in scripts/test has
// fewer transactions and looser bounds, since the machine may be busy.
import { execFile } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { Wallet } from 'ethers';
import { ROOT, call, check, parseOptions, random, sleep, until, withCluster } from './lib.mjs';
import { poll } from './poll.mjs';

const options = parseOptions({ transactions: 200_000, accounts: 100_000, ready: 15, factor: 1.5, nodes: 3, kills: 3, seed: 1, load: join(ROOT, 'build/release/bin/otento-load') });
const percentile = (list, p) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * p))];

await withCluster({ otento: options.otento, nodes: options.nodes }, async (cluster) => {
    const first = await cluster.waitForLeader();
    const loaded = JSON.parse(await new Promise((done, fail) => execFile(options.load, ['--rpc', first.rpc,
        '--accounts', join(cluster.dir, 'accounts.json'), '--senders', String(cluster.accounts.length - 1), '--count', String(options.transactions),
        '--recipients', String(options.accounts), '--retry', '--connections', '4', '--batch', '50'], (error, stdout, stderr) => error ? fail(new Error(stderr)) : done(stdout))));
    check(loaded.accepted === options.transactions, `${loaded.accepted} transactions were taken`);
    const leader = await cluster.waitForLeader();
    let committed = 0;
    let counted = 0;
    await until('all are committed', async () => {
        for (const height = Number(await call(leader.rpc, 'eth_blockNumber')); counted < height; counted++) {
            committed += (await call(leader.rpc, 'eth_getBlockByNumber', ['0x' + (counted + 1).toString(16), false])).transactions.length;
        }
        return committed === options.transactions;
    }, 600);

    // A light probe from the last account.
    const wallet = new Wallet(cluster.accounts.at(-1).privateKey);
    let nonce = Number(await call(leader.rpc, 'eth_getTransactionCount', [wallet.address, 'latest']));
    const probe = async (running) => {
        const times = [];
        while (running()) {
            const raw = await wallet.signTransaction({ chainId: 1337, type: 0, gasPrice: 0, gasLimit: 21_000, value: 1, nonce: nonce++, to: wallet.address });
            const started = performance.now();
            const hash = await call(leader.rpc, 'eth_sendRawTransaction', [raw]);
            while (await call(leader.rpc, 'eth_getTransactionReceipt', [hash]) === null) await sleep(1);
            times.push(performance.now() - started);
            await sleep(20);
        }
        return times;
    };
    const end = Date.now() + 10_000;
    const before = await probe(() => Date.now() < end);

    const added = await cluster.prepare('node4');
    const polling = poll(added);
    let joining = true;
    const during = probe(() => joining);
    const id = await call(leader.rpc, 'raft_addLearner', [added.enode], 20_000);
    const started = Date.now();
    cluster.launch('node4');
    await cluster.wait('node4', id);
    const took = (Date.now() - started) / 1000;
    joining = false;
    const times = await during;
    const polled = await polling.stop();
    const height = await cluster.sameHeight();
    const [was, is] = [percentile(before, 0.99), percentile(times, 0.99)];
    console.log(`${options.transactions} transactions, block ${height}: ready after ${took.toFixed(1)} s; send to receipt at the leader ` +
        `p50 ${percentile(before, 0.5).toFixed(0)} -> ${percentile(times, 0.5).toFixed(0)} ms, p99 ${was.toFixed(0)} -> ${is.toFixed(0)} ms`);
    console.log(`  ${polled.asked} calls of ${polled.methods} methods on the joiner, the slowest ${polled.slowest} ms (${polled.slowestMethod}); ` +
        `load average ${loadavg()[0].toFixed(1)}`);
    console.log('  ' + (cluster.log('node4').split('\n').filter((l) => l.includes('fetching the state')).at(-1) ?? ''));
    check(took <= options.ready, `ready within ${options.ready} s`);
    check(is <= was * options.factor, `p99 within ${options.factor} of before`);

    const next = random(options.seed);
    const killed = await cluster.prepare('node5');
    const second = await call(leader.rpc, 'raft_addPeer', [killed.enode], 20_000);
    const moments = [];
    for (let kill = 0; kill < options.kills; kill++) {
        cluster.launch('node5');
        moments.push(Math.round(next() * 1000 * took));
        await sleep(moments.at(-1));
        await cluster.killPrepared('node5');
    }
    const again = Date.now();
    cluster.launch('node5');
    await cluster.wait('node5', second);
    console.log(`  killed ${moments.map((ms) => `${ms} ms`).join(', ')} after its starts, then ready after ${((Date.now() - again) / 1000).toFixed(1)} s`);
    await until('it votes', async () => ['verifier', 'minter'].includes(await call(killed.rpc, 'raft_role')));
    await cluster.sameHeight();
});
