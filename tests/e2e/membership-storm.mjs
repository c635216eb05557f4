// A hundred membership calls at once from all nodes, while nodes are killed and restarted: no ID is given out twice, each
// answer is true afterwards, the cluster keeps a majority and goes on.
import { createECDH, randomBytes } from 'node:crypto';
import { call, check, parseOptions, random, sleep, until, withCluster } from './lib.mjs';
import { Traffic } from './traffic.mjs';

const options = parseOptions({ calls: 100, kills: 4, seed: 1 });
const next = random(options.seed);
const pick = (list) => list[Math.floor(next() * list.length)];

function makeEnode(i) {
    const key = createECDH('secp256k1');
    key.setPrivateKey(randomBytes(32));
    return `enode://${key.getPublicKey('hex').slice(2)}@127.0.0.1:${20000 + i}?discport=0&raftport=${21000 + i}`;
}

/// Answers of one call: from a node that lives, again at another one if the node went away. The answer of the cluster is final.
async function insist(cluster, method, params) {
    for (let attempt = 0; attempt < 60; attempt++) {
        try {
            return { ok: true, value: await call(pick(cluster.nodes).rpc, method, params, 20_000) };
        } catch (error) {
            const unknown = error.code === undefined || /not committed within|shutting down|no leader|not served in time/.test(error.message);
            if (!unknown) return { ok: false, reason: error.message };
        }
        await sleep(100 + 200 * next());
    }
    throw new Error(`${method} has no answer`);
}

await withCluster({ otento: options.otento, nodes: 3 }, async (cluster) => {
    await cluster.waitForLeader();
    const traffic = await Traffic.start(cluster, { rate: 50 });
    const enodes = Array.from({ length: Math.floor(options.calls / 4) }, (_, i) => makeEnode(i));
    const ids = new Map();      // enode -> every ID it was answered
    const removed = new Set();
    const promoted = [];
    const add = async (enode) => {
        await sleep(3000 * next());
        const answer = await insist(cluster, pick(['raft_addPeer', 'raft_addLearner']), [enode]);
        check(answer.ok, `adding works: ${answer.reason}`);
        ids.set(enode, [...(ids.get(enode) ?? []), answer.value]);
        return answer.value;
    };
    const calls = [];
    enodes.forEach((enode, i) => {
        // Everybody twice, from different nodes; every second is removed and one in three promoted, all in vain.
        const added = Promise.all([add(enode), add(enode)]).then(([id]) => id);
        calls.push(added);
        if (i % 3 === 0) calls.push(added.then(async (id) => {
            const answer = await insist(cluster, 'raft_promoteToPeer', [id]);
            if (answer.ok) promoted.push(id);
            else check(/not in sync|no member has|cost the quorum/.test(answer.reason), answer.reason);
        }));
        if (i % 2 === 0) calls.push(added.then(async (id) => {
            await sleep(1000 * next());
            const answer = await insist(cluster, 'raft_removePeer', [id]);
            check(answer.ok, `removing works: ${answer.reason}`);
            removed.add(id);
        }));
    });
    // Nobody may take the quorum while one is down.
    for (let kill = 0; kill < options.kills; kill++) {
        const victim = kill % 2 === 0 ? await cluster.waitForLeader() : pick(cluster.nodes);
        cluster.kill(victim.name);
        const others = cluster.nodes.filter((n) => n.name !== victim.name);
        try {
            await call(others[0].rpc, 'raft_removePeer', [others[1].raftId], 20_000);
            throw new Error('a voter was removed while another one was down');
        } catch (error) {
            check(error.code === -32000, error.message);
        }
        await sleep(300 * next());
        await cluster.restart(victim.name);
    }
    await Promise.all(calls);

    for (const [enode, answers] of ids) check(new Set(answers).size === 1, `${enode.slice(0, 24)} has one ID, not ${answers}`);
    const all = [...ids.values()].map((answers) => answers[0]);
    check(new Set(all).size === all.length, 'no ID was given out twice');
    check(promoted.length === 0, 'nobody that is not there was promoted');
    for (const node of cluster.nodes) {
        const members = await until('the same members everywhere', async () => {
            const list = await call(node.rpc, 'raft_cluster');
            return list.length === 3 + all.length - removed.size && list;
        });
        for (const [enode, [id]] of ids) {
            const found = members.find((m) => enode.includes(m.nodeId));
            check(removed.has(id) ? found === undefined : found?.raftId === id, `${node.name} knows what became of ${id}`);
        }
        check(members.filter((m) => m.role === 'verifier' || m.role === 'minter').length === 3, 'three voters');
    }
    const { accepted } = await traffic.stop();
    check((await traffic.missing()).length === 0, 'no acknowledged transaction is missing');
    await cluster.compareChains();
    console.log(`${enodes.length * 2} additions, ${removed.size} removals, ${options.kills} kills: IDs up to ${Math.max(...all)}, ` +
        `each once; ${accepted} acknowledged, 0 lost`);
});
