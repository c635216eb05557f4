// Bad input from clients and from strangers on every port: each gets an error that says what is wrong, and the
// nodes go on.
import { connect as connectTcp } from 'node:net';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Wallet, decodeRlp, encodeRlp } from 'ethers';
import { RpcError, call, check, parseOptions, sleep, withCluster } from './lib.mjs';

const options = parseOptions({ nodes: 3 });

async function post(url, body, headers = { 'content-type': 'application/json' }) {
    const answer = await fetch(url, { method: 'POST', headers, body });
    const text = await answer.text();
    let json = null;
    try { json = JSON.parse(text); } catch { /* not every answer is JSON */ }
    return { status: answer.status, text, json };
}

async function refused(url, method, params, pattern, code = -32000) {
    try {
        const result = await call(url, method, params);
        check(false, `${method} ${JSON.stringify(params).slice(0, 80)} is refused, got ${JSON.stringify(result).slice(0, 80)}`);
    } catch (error) {
        if (!(error instanceof RpcError)) throw error;
        check(pattern.test(error.message), `'${error.message}' says ${pattern}`);
        check(error.code === code, `${method}: code ${error.code} is ${code} (${error.message})`);
        console.log(`  ${error.message}`);
    }
}

/// Sends bytes to a port and waits until the other side hangs up or the time is over.
function sendGarbage(port, bytes, timeout = 7000) {
    return new Promise((done) => {
        const socket = connectTcp(port, '127.0.0.1', () => socket.write(bytes));
        const timer = setTimeout(() => { socket.destroy(); done('still open'); }, timeout);
        socket.on('error', () => {});
        socket.on('data', () => {});
        socket.on('close', () => { clearTimeout(timer); done('closed'); });
    });
}

await withCluster(options, async (cluster) => {
    const rpc = cluster.nodes[0].rpc;
    const wallet = new Wallet(cluster.accounts[0].privateKey);
    const to = cluster.accounts[1].address;
    const base = { chainId: 1337, type: 0, gasPrice: 0, gasLimit: 21_000, nonce: 0, to, value: 1 };

    console.log('JSON-RPC envelope');
    let answer = await post(rpc, '{"jsonrpc":"2.0","id":1,"method":');
    check(answer.json?.error?.code === -32700, `malformed JSON: ${answer.text}`);
    answer = await post(rpc, '[]');
    check(answer.json?.error?.code === -32600, `empty batch: ${answer.text}`);
    answer = await post(rpc, '7');
    check(answer.json?.error?.code === -32600, `a number: ${answer.text}`);
    answer = await post(rpc, '{"jsonrpc":"2.0","id":1,"method":"eth_noSuchThing"}');
    check(answer.json?.error?.code === -32601, `unknown method: ${answer.text}`);
    answer = await post(rpc, '{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":[]}');
    check(answer.json?.error?.code === -32602, `missing argument: ${answer.text}`);
    answer = await post(rpc, '['.repeat(100_000));
    check(answer.json?.error?.code === -32700, `deep nesting: ${answer.text.slice(0, 100)}`);
    answer = await post(rpc, 'x'.repeat(6 << 20));
    check(answer.status === 413, `an oversized body gets 413, got ${answer.status}`);
    answer = await post(rpc, '{}', { 'content-type': 'text/plain' });
    check(answer.status === 415, `another content type gets 415, got ${answer.status}`);
    answer = await fetch(rpc, { method: 'PUT', body: '{}' });
    check(answer.status === 405, `PUT gets 405, got ${answer.status}`);

    console.log('transactions');
    await refused(rpc, 'eth_sendRawTransaction', ['0x'], /./);
    await refused(rpc, 'eth_sendRawTransaction', ['0xzz'], /./, -32602);
    await refused(rpc, 'eth_sendRawTransaction', ['0xf86c808504a817c800'], /rlp|short/i);
    await refused(rpc, 'eth_sendRawTransaction', ['0x7f00'], /type/);
    const good = await wallet.signTransaction(base);
    await refused(rpc, 'eth_sendRawTransaction', [good + '00'], /trailing|rlp/i);
    await refused(rpc, 'eth_sendRawTransaction', [await wallet.signTransaction({ ...base, chainId: 1 })], /chain id|invalid sender/);
    await refused(rpc, 'eth_sendRawTransaction', [await wallet.signTransaction({ ...base, gasLimit: 20_000 })], /intrinsic gas too low/);
    await refused(rpc, 'eth_sendRawTransaction', [await wallet.signTransaction({ ...base, gasLimit: 10_000_000_000 })], /gas limit too high .cap: 16777216/);
    await refused(rpc, 'eth_sendRawTransaction', [await wallet.signTransaction({ ...base, value: 10n ** 30n })], /insufficient funds/);
    const list = encodeRlp([...decodeRlp(good).slice(0, -1), '0x' + 'f'.repeat(64)]);  // s above the group order
    await refused(rpc, 'eth_sendRawTransaction', [list], /invalid sender|signature/);
    await refused(rpc, 'eth_sendRawTransaction', ['0x' + 'ff'.repeat(200_000)], /oversized|rlp|short/i);

    console.log('a nonce gap waits and goes through once it is filled');
    const later = await call(rpc, 'eth_sendRawTransaction', [await wallet.signTransaction({ ...base, nonce: 1 })]);
    await sleep(300);
    check(await call(rpc, 'eth_getTransactionReceipt', [later]) === null, 'a transaction after a gap is not mined');
    const first = await call(rpc, 'eth_sendRawTransaction', [good]);
    for (const hash of [first, later]) {
        for (let i = 0; !await call(rpc, 'eth_getTransactionReceipt', [hash]); i++) {
            check(i < 200, `${hash} is mined`);
            await sleep(25);
        }
    }
    await refused(rpc, 'eth_sendRawTransaction', [good], /nonce too low|already known/);

    console.log('garbage on the p2p and raft ports');
    const { nodes } = JSON.parse(readFileSync(join(cluster.dir, 'cluster.json')));
    const before = Number(await call(rpc, 'eth_blockNumber'));
    await Promise.all(nodes.flatMap((node) => [node.p2pPort, node.raftPort].flatMap((port) => [
        sendGarbage(port, randomBytes(4096)),
        sendGarbage(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
        sendGarbage(port, Buffer.from([0x16, 0x03, 0x01, 0xff, 0xff])),  // a TLS record that never comes
        sendGarbage(port, ''),
    ]))).then((results) => {
        const open = results.filter((r) => r === 'still open').length;
        check(open === 0, `every stranger is hung up on, ${open} still open`);
    });
    const hash = await call(rpc, 'eth_sendRawTransaction', [await wallet.signTransaction({ ...base, nonce: 2 })]);
    for (let i = 0; !await call(rpc, 'eth_getTransactionReceipt', [hash]); i++) {
        check(i < 200, 'the ledger goes on');
        await sleep(25);
    }
    check(Number(await call(rpc, 'eth_blockNumber')) > before, 'blocks go on');
    for (const node of cluster.nodes) process.kill(node.pid, 0);
    await cluster.compareChains();
    console.log('all bad input was refused with a reason, and the nodes went on');
});
