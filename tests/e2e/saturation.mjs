// Offered load far above what commits: every accepted transaction commits in the end, the rest is refused with a
// reason, leadership does not move, and polling every RPC method meanwhile never hangs.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { ROOT, call, check, parseOptions, sleep, withCluster } from './lib.mjs';

const options = parseOptions({ seconds: 8, connections: 256, nodes: 3, flags: '--txpool.globalslots 4000 --txpool.globalqueue 1000', load: join(ROOT, 'build/release/bin/otento-load') });

await withCluster(options, async (cluster) => {
    const leader = await cluster.waitForLeader();
    const term = async () => Number((await (await fetch(`${leader.rpc}/metrics`)).text()).match(/^otento_raft_term(?:\{[^}]*\})? (\S+)/m)[1]);
    const before = await term();
    const load = new Promise((done) => execFile(options.load, [...cluster.nodes.flatMap((n) => ['--rpc', n.rpc]),
        '--accounts', join(cluster.dir, 'accounts.json'), '--count', String(options.seconds * 15_000), '--retry',
        '--seconds', String(options.seconds),
        '--connections', String(options.connections)], (error, stdout, stderr) => {
        if (error) console.error(stderr);
        done(JSON.parse(stdout));
    }));
    let running = true;
    load.then(() => { running = false; });
    const address = cluster.accounts[0].address;
    const polls = [
        ['web3_clientVersion', []], ['net_version', []], ['eth_chainId', []], ['eth_blockNumber', []],
        ['eth_getBlockByNumber', ['latest', true]], ['eth_getBalance', [address, 'latest']], ['eth_getCode', [address, 'latest']],
        ['eth_getStorageAt', [address, '0x0', 'latest']], ['eth_getTransactionCount', [address, 'pending']],
        ['eth_call', [{ to: address }, 'latest']], ['eth_estimateGas', [{ from: address, to: address }]], ['eth_gasPrice', []],
        ['eth_maxPriorityFeePerGas', []], ['eth_feeHistory', ['0x4', 'latest', [50]]], ['eth_getLogs', [{}]],
        ['raft_role', []], ['raft_leader', []], ['raft_cluster', []],
    ];
    let answers = 0;
    let slowest = 0;
    while (running) {
        for (const [method, params] of polls) {
            const node = cluster.nodes[answers % cluster.nodes.length];
            const started = performance.now();
            await call(node.rpc, method, params, 10_000);  // A hang is an exception.
            slowest = Math.max(slowest, performance.now() - started);
            answers++;
        }
    }
    const result = await load;
    console.log(`${result.accepted} of ${result.sent} accepted (${result.per_second}/s), refused: ${result.refused} ${result.first_error}; ` +
        `${answers} polls answered, slowest ${slowest.toFixed(0)} ms`);
    check(result.accepted > 0, 'something was accepted');

    // Accepted is committed: count transactions in blocks until nothing is missing.
    const deadline = Date.now() + 120_000;
    let committed = 0;
    let counted = 0;
    while (committed < result.accepted && Date.now() < deadline) {
        const height = Number(await call(leader.rpc, 'eth_blockNumber'));
        for (; counted < height; counted++) {
            committed += (await call(leader.rpc, 'eth_getBlockByNumber', ['0x' + (counted + 1).toString(16), false])).transactions.length;
        }
        await sleep(50);
    }
    check(committed === result.accepted, `all ${result.accepted} accepted transactions are committed, found ${committed}`);
    check(await term() === before, 'leadership did not move');
    await cluster.compareChains();
    console.log(`all of them committed in ${counted} blocks, leadership stayed`);
});
