// Kills nodes with SIGKILL at random moments under load (the leader, a follower, all at once, in turn) and
// restarts them. At the end every transaction that any node accepted must be in the chain of every node, and
// the chains must be equal. Prints the time of every restart, from the start of the
// process to its first /readyz 200, the slowest where several were killed.
import { Wallet, keccak256 } from 'ethers';
import { call, check, parseOptions, random, sleep, withCluster } from './lib.mjs';

const options = parseOptions({ cycles: 6, seed: 1, rate: 100, nodes: 3 });
const next = random(options.seed);

/// Sends transfers from every account in nonce order, each account through a node of its own choice, until stopped.
class Load {
    constructor(cluster) {
        this.cluster = cluster;
        this.accepted = [];
        this.running = true;
        this.refused = 0;
    }

    async start() {
        const wallets = this.cluster.accounts.map((a) => new Wallet(a.privateKey));
        const pause = 1000 * wallets.length / options.rate;
        this.workers = wallets.map((wallet, i) => this.work(wallet, i, pause));
    }

    async work(wallet, index, pause) {
        let nonce = 0;
        await sleep(next() * pause);
        while (this.running) {
            const raw = await wallet.signTransaction({
                chainId: 1337, type: 0, gasPrice: 0, gasLimit: 21_000, value: 1, nonce,
                to: '0x' + (0x10000 + index).toString(16).padStart(40, '0'),
            });
            if (await this.submit(raw, index + nonce)) nonce++;
            await sleep(pause * (0.5 + next()));
        }
    }

    /// True once some node has it: an answer that was lost with its node is asked for again, at another node.
    async submit(raw, first) {
        for (let attempt = 0; this.running || attempt > 0; attempt++) {
            const node = this.cluster.nodes[(first + attempt) % this.cluster.nodes.length];
            try {
                this.accepted.push(await call(node.rpc, 'eth_sendRawTransaction', [raw], 5000));
                return true;
            } catch (error) {
                if (/already known|nonce too low/.test(error.message)) {
                    this.accepted.push(keccak256(raw));
                    return true;
                }
                this.refused++;
            }
            await sleep(20);
            if (attempt > 1000) throw new Error(`no node takes ${keccak256(raw)}`);
        }
        return false;
    }

    async stop() {
        this.running = false;
        await Promise.all(this.workers);
    }
}

await withCluster(options, async (cluster) => {
    const load = new Load(cluster);
    await load.start();
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
        const deadline = Date.now() + 60_000;
        let missing = load.accepted;
        while (missing.length > 0 && Date.now() < deadline) {
            const still = [];
            for (const hash of missing) {
                if (!await call(node.rpc, 'eth_getTransactionReceipt', [hash])) still.push(hash);
            }
            missing = still;
            if (missing.length > 0) await sleep(200);
        }
        check(missing.length === 0, `${node.name} has every accepted transaction; missing ${missing.length}: ${missing.slice(0, 3)}`);
    }
    const height = await cluster.compareChains();
    times.sort((a, b) => a - b);
    console.log(`0 of ${load.accepted.length} accepted transactions lost, chains equal up to ${height}, ` +
        `restart median ${times[times.length >> 1]} ms, slowest ${times.at(-1)} ms`);
});
