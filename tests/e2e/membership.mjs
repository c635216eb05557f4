// Membership over real processes: 3 -> 5 -> 3 -> 1 -> 3 nodes under load, leaders removed on the way, calls from any
// node, wrong calls refused in words.
import { call, check, parseOptions, sleep, until, withCluster } from './lib.mjs';
import { Traffic } from './traffic.mjs';

const options = parseOptions({});

const members = (node) => call(node.rpc, 'raft_cluster');
const role = (node) => call(node.rpc, 'raft_role');

async function refused(node, method, params, words) {
    try {
        await call(node.rpc, method, params, 20_000);
    } catch (error) {
        check(error.message.includes(words), `${method} says "${words}", not "${error.message}"`);
        return;
    }
    throw new Error(`${method}(${params}) was not refused`);
}

await withCluster({ otento: options.otento, nodes: 3 }, async (cluster) => {
    await cluster.waitForLeader();
    const traffic = await Traffic.start(cluster);

    // Up: two more, added from different nodes.
    const ids = [];
    for (const name of ['node4', 'node5']) {
        const added = await cluster.prepare(name);
        const asked = cluster.nodes[ids.length];
        const id = await call(asked.rpc, 'raft_addPeer', [added.enode], 20_000);
        check(await call(asked.rpc, 'raft_addPeer', [added.enode], 20_000) === id, 'adding again gives the same id');
        check((await members(cluster.nodes[2])).length >= 3, 'the cluster goes on while the new node is down');
        ids.push(id);
        await cluster.join(name, id);
        await until(`${name} becomes a verifier by itself`, async () => await role(cluster.node(name)) === 'verifier');
    }
    check(ids[0] === 4 && ids[1] === 5, `ids are 4 and 5, not ${ids}`);
    await until('all five see five', async () =>
        (await Promise.all(cluster.nodes.map(members))).every((list) => list.length === 5));

    // Calls that must not work, each for its reason.
    const [first] = cluster.nodes;
    await refused(first, 'raft_removePeer', [77], 'no member has raft ID 77');
    await refused(first, 'raft_promoteToPeer', [2], '2 is not a learner. only learner can be promoted to peer');
    await refused(first, 'raft_addPeer', ['enode://12@x:1'], 'invalid node ID');
    await refused(first, 'raft_addPeer', [cluster.node('node4').enode.replace(/&raftport.*/, '')],
        'enodeId is missing raftport querystring parameter');
    await refused(first, 'raft_addPeer', [first.enode], 'enode is this enode (self)');

    // Down to three: the leader goes, twice.
    for (let i = 0; i < 2; i++) {
        const leader = await cluster.waitForLeader();
        const asked = cluster.nodes.find((n) => n !== leader);
        check(await call(asked.rpc, 'raft_removePeer', [leader.raftId], 20_000) === null, 'removed');
        await until('the removed leader knows it', async () => await role(leader) === '');
        check((await members(asked)).every((m) => m.raftId !== leader.raftId), 'gone after the answer');
        check(await call(asked.rpc, 'raft_removePeer', [leader.raftId], 20_000) === null, 'removing again is fine');
        await cluster.drop(leader.name);
    }
    check((await members(cluster.nodes[0])).length === 3, 'three are left');

    // A dead one is removed; with it down, no other may go.
    const leader = await cluster.waitForLeader();
    const dead = cluster.nodes.find((n) => n !== leader);
    const alive = cluster.nodes.filter((n) => n !== dead);
    process.kill(dead.pid, 'SIGKILL');
    const other = alive.find((n) => n !== leader);
    await refused(leader, 'raft_removePeer', [other.raftId], 'this would cost the quorum');
    await call(other.rpc, 'raft_removePeer', [dead.raftId], 20_000);
    // What only the dead one had accepted, it hands on when it comes back.
    cluster.nodes = alive;
    cluster.launch(dead.name);
    await until('it knows what became of it', async () =>
        /not a member|was removed/.test(await (await fetch(`${dead.rpc}/readyz`)).text()));
    await cluster.drop(dead.name);

    // One removes itself, one is left, and nobody can remove the last.
    const last = await cluster.waitForLeader();
    const self = cluster.nodes.find((n) => n !== last);
    await call(self.rpc, 'raft_removePeer', [self.raftId], 20_000);
    await cluster.drop(self.name);
    await refused(last, 'raft_removePeer', [last.raftId], 'the last voter cannot be removed');

    // And up again, with ids never seen before.
    for (const name of ['node6', 'node7']) {
        const added = await cluster.prepare(name);
        const id = await call(last.rpc, 'raft_addLearner', [added.enode], 20_000);
        check(id > 5, `id ${id} was never used`);
        await refused(last, 'raft_promoteToPeer', [id], 'is not in sync');
        await cluster.join(name, id);
        await until(`${name} is a learner`, async () => await role(cluster.node(name)) === 'learner');
        await refused(cluster.node(name), 'raft_removePeer', [last.raftId], 'learner node can\'t remove other peer');
        await until(`${name} can be promoted`, () => call(last.rpc, 'raft_promoteToPeer', [id], 20_000));
    }
    check(await call(cluster.nodes[1].rpc, 'otento_transferLeadership', [], 20_000) === true, 'leadership was handed over');
    await until('another one leads', async () => (await cluster.leader())?.name !== last.name);

    const { accepted } = await traffic.stop();
    const missing = await traffic.missing();
    check(missing.length === 0, `${missing.length} of ${accepted} acknowledged transactions are missing`);
    const height = await cluster.compareChains();
    console.log(`3 -> 5 -> 3 -> 1 -> 3 nodes: ${accepted} acknowledged, 0 lost, ${height} equal blocks`);
});
