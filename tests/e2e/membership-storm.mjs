// A hundred membership calls at once from all nodes, while nodes are killed and restarted. Most are about nodes that never
// come up; two do: one becomes a voter by itself, one by promotion, and one of them is removed alive. No ID is given out
// twice, each answer is true afterwards, voters that run are a majority at every look, the cluster goes on.
import { createECDH, randomBytes } from 'node:crypto';
import { call, check, parseOptions, random, sleep, until, withCluster } from './lib.mjs';
import { alive } from '../../scripts/lib/nodes.mjs';
import { Traffic } from './traffic.mjs';

const options = parseOptions({ calls: 100, kills: 4, seed: 1 });
const next = random(options.seed);
const pick = (list) => list[Math.floor(next() * list.length)];

function makeEnode(i) {
    const key = createECDH('secp256k1');
    key.setPrivateKey(randomBytes(32));
    return `enode://${key.getPublicKey('hex').slice(2)}@127.0.0.77:${20000 + i}?discport=0&raftport=${21000 + i}`;  // No node of ours is there.
}

/// Answers of one call: from a node that lives, again at another one if the node went away or is a learner itself. The answer of the cluster is final.
async function insist(cluster, method, params) {
    for (let attempt = 0; attempt < 60; attempt++) {
        try {
            return { ok: true, value: await call(pick(cluster.nodes).rpc, method, params, 20_000) };
        } catch (error) {
            const unknown = error.code === undefined || /not committed within|shutting down|no leader|not served in time|learner node can't/.test(error.message);
            if (!unknown) return { ok: false, reason: error.message };
        }
        await sleep(100 + 200 * next());
    }
    throw new Error(`${method} has no answer`);
}

const isVoter = (member) => member.role === 'verifier' || member.role === 'minter';

/// Looks at every node's list of members until stopped: of the voters in it more than half must be processes that run.
/// We kill one at a time, so this breaks only if somebody who is not there was given a vote, or one too many was removed.
function watchQuorum(cluster) {
    let running = true;
    let looks = 0;
    let failure = null;
    const done = (async () => {
        while (running && !failure) {
            for (const node of cluster.nodes) {
                try {
                    const voters = (await call(node.rpc, 'raft_cluster', [], 2000)).filter(isVoter);
                    const up = voters.filter((v) => cluster.nodes.some((n) => n.enode.includes(v.nodeId) && alive(n)));
                    if (2 * up.length <= voters.length && voters.length > 0) {
                        failure = new Error(`${node.name} knows ${voters.length} voters, of which ${up.length} run`);
                    }
                    looks++;
                } catch { /* it is down */ }
            }
            await sleep(50);
        }
    })();
    return { async stop() { running = false; await done; if (failure) throw failure; return looks; } };
}

await withCluster({ otento: options.otento, nodes: 3 }, async (cluster) => {
    await cluster.waitForLeader();
    for (const name of ['node4', 'node5']) await cluster.prepare(name);
    const quorum = watchQuorum(cluster);
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
    const kill = async (turn) => {
        const victim = turn % 2 === 0 ? await cluster.waitForLeader() : pick(cluster.nodes);
        cluster.kill(victim.name);
        return victim;
    };
    // Nobody may take the quorum while one of three is down.
    const half = Math.ceil(options.kills / 2);
    for (let turn = 0; turn < half; turn++) {
        const victim = await kill(turn);
        const others = cluster.nodes.filter((n) => n.name !== victim.name);
        try {
            await call(others[0].rpc, 'raft_removePeer', [others[1].raftId], 20_000);
            throw new Error('a voter was removed while another one was down');
        } catch (error) {
            check(error.code === -32000, error.message);
        }
        await sleep(300 * next());
        await cluster.bringBack(victim.name);
    }
    // Two that come up, each added from two nodes at once.
    const comesUp = async (name, method) => {
        const node = cluster.prepared(name);
        await sleep(1000 * next());
        const [one, two] = await Promise.all([insist(cluster, method, [node.enode]), insist(cluster, method, [node.enode])]);
        check(one.ok && two.ok && one.value === two.value, `${name} has one ID: ${JSON.stringify([one, two])}`);
        cluster.launch(name);
        await cluster.wait(name, one.value);
        return { node, id: one.value };
    };
    const roleOf = async (node) => call(node.rpc, 'raft_role').catch(() => 'down');
    const automatic = comesUp('node4', 'raft_addPeer').then(async ({ node, id }) => {
        await until('who was added as a peer gets its vote', async () => ['verifier', 'minter'].includes(await roleOf(node)));
        return { node, id };
    });
    const byHand = comesUp('node5', 'raft_addLearner').then(async ({ node, id }) => {
        const answers = await until('the learner can be promoted', async () => {
            const both = await Promise.all([insist(cluster, 'raft_promoteToPeer', [id]), insist(cluster, 'raft_promoteToPeer', [id])]);
            return both.some((answer) => answer.ok) && both;
        });
        for (const { ok, reason } of answers) check(ok || /not a learner/.test(reason), `promoting twice: ${reason}`);
        await until('it votes', async () => ['verifier', 'minter'].includes(await roleOf(node)));
        return { node, id };
    });
    for (let turn = half; turn < options.kills; turn++) {
        await sleep(500 + 500 * next());
        const victim = await kill(turn);
        await sleep(300 * next());
        await cluster.bringBack(victim.name);
    }
    await Promise.all(calls);
    const [four, five] = await Promise.all([automatic, byHand]);
    const gone = await Promise.all([insist(cluster, 'raft_removePeer', [four.id]), insist(cluster, 'raft_removePeer', [four.id])]);
    check(gone.every((answer) => answer.ok), `removing a live voter twice: ${JSON.stringify(gone)}`);
    await until('it knows that it was removed', async () => await roleOf(four.node) === '');
    await cluster.drop('node4');

    for (const [enode, answers] of ids) check(new Set(answers).size === 1, `${enode.slice(0, 24)} has one ID, not ${answers}`);
    const all = [...ids.values()].map((answers) => answers[0]).concat([four.id, five.id]);
    check(new Set(all).size === all.length, 'no ID was given out twice');
    check(promoted.length === 0, 'nobody that is not there was promoted');
    for (const node of cluster.nodes) {
        const members = await until('the same members everywhere', async () => {
            const list = await call(node.rpc, 'raft_cluster');
            return list.length === 3 + all.length - removed.size - 1 && list;
        });
        for (const [enode, [id]] of ids) {
            const found = members.find((m) => enode.includes(m.nodeId));
            check(removed.has(id) ? found === undefined : found?.raftId === id, `${node.name} knows what became of ${id}`);
        }
        check(!members.some((m) => m.raftId === four.id), 'the one that was removed is gone');
        check(members.filter(isVoter).map((m) => m.raftId).sort().join() === [1, 2, 3, five.id].sort().join(), 'the voters are who they should be');
    }
    const looks = await quorum.stop();
    const { accepted } = await traffic.stop();
    check((await traffic.missing()).length === 0, 'no acknowledged transaction is missing');
    await cluster.compareChains();
    console.log(`${enodes.length * 2} additions, ${removed.size} removals, 2 that came up and got a vote, ${options.kills} kills, ${looks} looks at the quorum: IDs up to ${Math.max(...all)}, ` +
        `each once; ${accepted} acknowledged, 0 lost`);
});
