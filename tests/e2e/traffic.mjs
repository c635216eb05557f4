// Load for tests that change the cluster under it: transfers from every account in nonce order, each submitted until
// some node has it, and the question which of them are missing in the end.
import { Wallet, keccak256 } from 'ethers';
import { call, random, sleep } from './lib.mjs';

export class Traffic {
    static async start(cluster, { rate = 100, next = random(1), attempts = 2000 } = {}) {
        const traffic = new Traffic(cluster, next, attempts);
        const wallets = cluster.accounts.map((a) => new Wallet(a.privateKey));
        traffic.workers = wallets.map((wallet, i) => traffic.work(wallet, i, 1000 * wallets.length / rate));
        return traffic;
    }

    constructor(cluster, next, attempts) {
        this.cluster = cluster;
        this.next = next;
        this.attempts = attempts;
        this.accepted = [];
        this.running = true;
        this.refused = 0;
        this.failure = null;
    }

    async work(wallet, index, pause) {
        let nonce = 0;
        await sleep(this.next() * pause);
        while (this.running) {
            const raw = await wallet.signTransaction({
                chainId: 1337, type: 0, gasPrice: 0, gasLimit: 21_000, value: 1, nonce,
                to: '0x' + (0x10000 + index).toString(16).padStart(40, '0'),
            });
            if (await this.submit(raw, index + nonce)) nonce++;
            await sleep(pause * (0.5 + this.next()));
        }
    }

    /// True once some node has it: an answer that was lost with its node is asked for again, at another node.
    async submit(raw, first) {
        for (let attempt = 0; this.running || attempt > 0; attempt++) {
            const nodes = this.cluster.nodes;
            const node = nodes[(first + attempt) % nodes.length];
            try {
                this.accepted.push(await call(node.rpc, 'eth_sendRawTransaction', [raw], 5000));
                return true;
            } catch (error) {
                if (/already known|nonce too low/.test(error.message)) {
                    this.accepted.push(keccak256(raw));
                    return true;
                }
                this.refused++;
                this.lastRefusal = error.message;
            }
            await sleep(20);
            if (attempt > this.attempts) throw new Error(`no node takes ${keccak256(raw)}: ${this.lastRefusal}`);
        }
        return false;
    }

    async stop() {
        this.running = false;
        await Promise.all(this.workers);
        return { accepted: this.accepted.length, refused: this.refused };
    }

    /// Accepted transactions without a receipt at a node after a while; the nodes are compared elsewhere.
    async missing({ node = this.cluster.nodes[0], timeout = 30_000 } = {}) {
        const deadline = Date.now() + timeout;
        let open = this.accepted;
        for (;;) {
            const still = [];
            for (let i = 0; i < open.length; i += 200) {
                const part = open.slice(i, i + 200);
                const receipts = await Promise.all(part.map((hash) => call(node.rpc, 'eth_getTransactionReceipt', [hash])));
                still.push(...part.filter((_, at) => receipts[at] === null));
            }
            open = still;
            if (open.length === 0 || Date.now() > deadline) return open;
            await sleep(200);
        }
    }
}
