// All nodes restarted in turn under load. A client that asks another node once when a node is away sees no failed call.
import { Wallet } from 'ethers';
import { call, check, parseOptions, sleep, withCluster } from './lib.mjs';

const options = parseOptions({ rounds: 1, clients: 4 });

await withCluster({ otento: options.otento, nodes: 3 }, async (cluster) => {
    await cluster.waitForLeader();
    let running = true;
    let calls = 0;
    let retried = 0;
    const failed = [];
    const once = async (index, method, params) => {
        calls++;
        const nodes = cluster.nodes;
        const ready = async (n) => (await fetch(`${n.rpc}/readyz`, { signal: AbortSignal.timeout(1000) })).ok;
        const order = [0, 1, 2].map((i) => nodes[(index + i) % nodes.length]);
        try {
            return await call(order[0].rpc, method, params, 5000);
        } catch (first) {
            if (/already known|nonce too low/.test(first.message)) return null;
            retried++;
            // As a load balancer does: the next one that says it is ready.
            for (const node of order.slice(1)) {
                try {
                    if (!await ready(node)) continue;
                    return await call(node.rpc, method, params, 5000);
                } catch (second) {
                    if (/already known|nonce too low/.test(second.message)) return null;
                    failed.push(`${method}: ${second.message}`);
                    return null;
                }
            }
            failed.push(`${method}: nobody is ready`);
            return null;
        }
    };
    const clients = Array.from({ length: options.clients }, async (_, i) => {
        const wallet = new Wallet(cluster.accounts[i].privateKey);
        for (let nonce = 0; running; nonce++) {
            const raw = await wallet.signTransaction({ chainId: 1337, type: 0, gasPrice: 0, gasLimit: 21_000, value: 1, nonce,
                to: '0x' + (0x20000 + i).toString(16).padStart(40, '0') });
            await once(nonce + i, 'eth_sendRawTransaction', [raw]);
            await once(nonce + i + 1, 'eth_blockNumber', []);
            await once(nonce + i + 2, 'eth_getBalance', [wallet.address, 'latest']);
            await sleep(20);
        }
    });
    for (let round = 0; round < options.rounds; round++) {
        for (const name of cluster.nodes.map((n) => n.name)) {
            await sleep(500);
            await cluster.restart(name);
        }
    }
    running = false;
    await Promise.all(clients);
    check(failed.length === 0, `${failed.length} of ${calls} calls failed: ${failed.slice(0, 5).join('; ')}`);
    await cluster.compareChains();
    console.log(`${options.rounds * 3} restarts, ${calls} calls, ${retried} asked again, 0 failed`);
});
