// What becomes of a node that is removed. What it had accepted, and nobody else has heard of, is committed all the same:
// it hands it on when it comes back, whether it was away or asleep when it was removed, and before it stops. With its old
// log it disturbs nobody, takes no transactions, serves reads unless told not to, and comes back under a new ID.
import { Wallet } from 'ethers';
import { call, check, parseOptions, run, sleep, until, withCluster } from './lib.mjs';

const options = parseOptions({});
/// Its own log says the one, the members it asks the other; whoever is heard first is right.
const OUTSIDE = /was removed from the cluster|not a member of the cluster/;

const readiness = async (node) => (await fetch(`${node.rpc}/readyz`, { signal: AbortSignal.timeout(5000) })).text();
const term = async (node) => Number(/^otento_raft_term (\d+)/m.exec(await (await fetch(`${node.rpc}/metrics`)).text())[1]);

async function refusal(node, method, params) {
    try {
        await call(node.rpc, method, params);
    } catch (error) {
        return error.message;
    }
    throw new Error(`${method} was not refused`);
}

// Long timeouts: whether there is an election must not depend on how busy the machine is.
const flags = '--raftelectionmin 2000 --raftelectionmax 4000 --raftheartbeat 200';
await withCluster({ otento: options.otento, nodes: 3, flags }, async (cluster) => {
    await cluster.waitForLeader(60_000);
    const [first, second, third] = cluster.nodes;
    const wallet = new Wallet(cluster.accounts[0].privateKey);
    let nonce = 0;
    const sign = (at) => wallet.signTransaction({ chainId: 1337, type: 0, gasPrice: 0, gasLimit: 21_000, value: 1, nonce: at, to: '0x' + '77'.repeat(20) });
    const send = async (node, count) => {
        const hashes = [];
        for (let i = 0; i < count; i++) hashes.push(await call(node.rpc, 'eth_sendRawTransaction', [await sign(nonce++)]));
        return hashes;
    };
    const committed = async (hashes) =>
        (await Promise.all(hashes.map((hash) => call(first.rpc, 'eth_getTransactionReceipt', [hash])))).every((r) => r !== null);

    // Accepted by a node that is alone, which is then killed, and removed while it is away.
    cluster.kill('node1');
    cluster.kill('node2');
    await until('it knows no leader', async () => (await readiness(third)).includes('no leader'));
    const alone = await send(third, 20);
    cluster.kill('node3');
    await cluster.startOnly('node1');
    await cluster.startOnly('node2');
    await cluster.waitForLeader(60_000);
    await call(first.rpc, 'raft_removePeer', [3], 20_000);
    check(!await committed(alone.slice(0, 1)), 'nobody else has heard of them');
    const before = await term(first);
    await cluster.startOnly('node3');
    await until('what it had accepted is committed', () => committed(alone), 20);
    await until('it says that it does not belong to the cluster', async () => OUTSIDE.test(await readiness(third)));
    check(OUTSIDE.test(await refusal(third, 'eth_sendRawTransaction', [await sign(nonce)])), 'and takes nothing new');
    const told = await run(options.otento, ['status', third.rpc]);
    check(told.code === 1 && /no member/.test(told.stdout) && OUTSIDE.test(told.stdout), `otento status says so: ${told.stdout}${told.stderr}`);
    const fresh = await run(options.otento, ['--datadir', first.datadir, 'status']);
    check(fresh.code === 0 && /ready: in sync/.test(fresh.stdout), `and that a member is ready: ${fresh.stdout}${fresh.stderr}`);
    const stale = async (node) => (await fetch(`${node.rpc}/livez`)).headers.get('otento-stale');
    check(await stale(third) === 'true' && await stale(first) === null, 'its answers are marked as stale');
    await sleep(2000);
    check(await term(first) === before, 'its old log has caused no election');
    check(await call(third.rpc, 'eth_chainId') === '0x539', 'it serves reads');

    // Back under a new ID; then removed while it is asleep with transactions that only it has.
    let id = await call(first.rpc, 'raft_addPeer', [third.enode], 20_000);
    check(id === 4, `a new ID: ${id}`);
    const votesAs = async (node, raftId) => (await call(node.rpc, 'raft_cluster')).some((m) => m.raftId === raftId && ['verifier', 'minter'].includes(m.role));
    await until('it is a voter again', () => votesAs(third, id));
    const leader = await cluster.waitForLeader(60_000);
    if (leader.name === 'node3') await call(first.rpc, 'otento_transferLeadership', [1], 20_000);
    // Behind a gap: the leader cannot commit them before the removal.
    const gap = nonce++;
    const behind = await send(third, 20);
    cluster.kill('node3', 'SIGSTOP');
    await call(first.rpc, 'raft_removePeer', [id], 20_000);
    cluster.kill('node3', 'SIGCONT');
    await until('it has handed them on', () => cluster.log('node3').match(/handed \d+ accepted transactions on/g)?.length === 2, 20);
    await cluster.drop('node3');
    // The others may even be killed: they have them in their journals now.
    for (const name of ['node1', 'node2']) cluster.kill(name);
    await cluster.up();
    await call(first.rpc, 'eth_sendRawTransaction', [await sign(gap)]);
    await until('what waited behind the gap is committed', () => committed(behind), 20);

    // Removed alive and stopped at once; with --removed.refuse it answers probes only.
    const other = await cluster.prepare('node4');
    id = await call(first.rpc, 'raft_addPeer', [other.enode], 20_000);
    cluster.launch('node4', ['--removed.refuse']);
    await cluster.wait('node4', id);
    const hole = nonce++;
    const last = await send(other, 20);
    await call(second.rpc, 'raft_removePeer', [id], 20_000);
    await until('it refuses reads', async () => {
        const answer = await fetch(other.rpc, { method: 'POST', body: '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}' });
        return answer.status === 503 && (await answer.text()).includes('was removed');
    });
    check((await fetch(`${other.rpc}/livez`)).status === 200, 'and lives');
    await cluster.drop('node4');
    await call(first.rpc, 'eth_sendRawTransaction', [await sign(hole)]);
    await until('the last ones are committed', () => committed(last), 20);
    await cluster.compareChains();
    console.log(`removal: ${alone.length + behind.length + last.length} transactions that only a removed node had accepted: 0 lost; no election, no write, reads as wanted`);
});
