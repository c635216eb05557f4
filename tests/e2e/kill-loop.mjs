// Kills nodes with SIGKILL at random moments under load (the leader, a follower, all at once, in turn) and
// restarts them. At the end every transaction that any node accepted must be in the chain of every node, and
// the chains must be equal. Prints the time of every restart, from the start of the
// process to its first /readyz 200, the slowest where several were killed.
import { check, parseOptions, random, sleep, withCluster } from './lib.mjs';
import { Traffic } from './traffic.mjs';

const options = parseOptions({ cycles: 6, seed: 1, rate: 100, nodes: 3 });
const next = random(options.seed);

await withCluster(options, async (cluster) => {
    const load = await Traffic.start(cluster, { rate: options.rate, next, attempts: 1000 });
    const times = [];
    for (let cycle = 0; cycle < options.cycles; cycle++) {
        await sleep(100 + next() * 900);
        const leader = await cluster.waitForLeader();
        const followers = cluster.nodes.filter((n) => n.name !== leader.name);
        const kind = ['leader', 'follower', 'all'][cycle % 3];
        const victims = kind === 'leader' ? [leader]
            : kind === 'follower' ? [followers[Math.floor(next() * followers.length)]] : [...cluster.nodes];
        for (const victim of victims) cluster.kill(victim.name);
        await sleep(next() * 200);
        const nodes = await cluster.up();
        const took = Math.max(...nodes.filter((n) => victims.some((v) => v.name === n.name)).map((n) => n.readyMs));
        times.push(took);
        console.log(`cycle ${cycle + 1}/${options.cycles}: killed ${kind} (${victims.map((v) => v.name).join(', ')}), ` +
            `ready again after ${took} ms, ${load.accepted.length} accepted so far`);
    }
    await load.stop();

    console.log(`checking ${load.accepted.length} accepted transactions on every node`);
    for (const node of cluster.nodes) {
        const missing = await load.missing({ node, timeout: 60_000 });
        check(missing.length === 0, `${node.name} has every accepted transaction; missing ${missing.length}: ${missing.slice(0, 3)}`);
    }
    const height = await cluster.compareChains();
    times.sort((a, b) => a - b);
    console.log(`0 of ${load.accepted.length} accepted transactions lost, chains equal up to ${height}, ` +
        `restart median ${times[times.length >> 1]} ms, slowest ${times.at(-1)} ms`);
});
