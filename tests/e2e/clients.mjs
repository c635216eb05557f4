// What wallets, libraries and explorers do, with the clients themselves: ethers, viem and plain fetch (as curl).
import { ContractFactory, JsonRpcProvider, Network, Wallet } from 'ethers';
import { createPublicClient, createWalletClient, defineChain, http, parseAbi } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { compile } from '../../examples/first-light/compile.mjs';
import { call, check, parseOptions, sleep, withCluster } from './lib.mjs';

const options = parseOptions({ nodes: 3 });
const { abi, bytecode } = compile(`
    // SPDX-License-Identifier: Apache-2.0
    pragma solidity ^0.8.20;
    contract Counter {
        event Counted(address indexed who, uint256 value);
        error TooMuch(uint256 asked);
        uint256 public value;
        function add(uint256 n) external { if (n > 100) revert TooMuch(n); value += n; emit Counted(msg.sender, value); }
        function fail() external pure { require(false, "not today"); }
    }`, 'Counter');

async function withEthers(cluster) {
    const provider = new JsonRpcProvider(cluster.nodes[0].rpc, Network.from(1337), { staticNetwork: true, pollingInterval: 50, cacheTimeout: -1 });
    const wallet = new Wallet(cluster.accounts[0].privateKey, provider);
    check((await provider.getNetwork()).chainId === 1337n, 'ethers: chain id');
    check(await provider.getBalance(wallet.address) === 10n ** 27n, 'ethers: balance of a funded account');
    const fees = await provider.getFeeData();
    check(fees.gasPrice === 0n, 'ethers: gas is free');

    // ethers takes a base fee of 0 for a chain without EIP-1559, so the type is asked for.
    const sent = await wallet.sendTransaction({ to: cluster.accounts[1].address, value: 5n, type: 2, maxFeePerGas: 0n, maxPriorityFeePerGas: 0n });
    const receipt = await sent.wait();
    check(receipt.status === 1 && receipt.gasUsed === 21000n && sent.type === 2, 'ethers: an EIP-1559 transfer');
    check((await provider.getTransaction(sent.hash)).blockNumber === receipt.blockNumber, 'ethers: transaction by hash');
    check((await provider.getBlock('latest', true)).prefetchedTransactions.length > 0, 'ethers: block with transactions');

    const legacy = await (await wallet.sendTransaction({ to: wallet.address, type: 0 })).wait();
    const listed = await (await wallet.sendTransaction({ to: wallet.address, type: 1, accessList: [] })).wait();
    check(legacy.type === 0 && listed.type === 1, 'ethers: legacy and EIP-2930');

    const counter = await new ContractFactory(abi, bytecode, wallet).deploy();
    await counter.waitForDeployment();
    const done = await (await counter.add(7)).wait();
    check(await counter.value() === 7n, 'ethers: contract state');
    check(done.logs.length === 1 && done.logs[0].args.value === 7n, 'ethers: event in the receipt');
    check((await counter.queryFilter('Counted')).length === 1, 'ethers: event by filter');
    const refused = await counter.add.staticCall(101).catch((e) => e);
    check(refused.revert?.name === 'TooMuch' && refused.revert.args[0] === 101n, 'ethers: custom error decoded');
    const reason = await counter.fail.staticCall().catch((e) => e);
    check(reason.reason === 'not today', `ethers: revert reason, got ${reason.reason}`);
    const estimate = await counter.add.estimateGas(1).catch((e) => e);
    check(typeof estimate === 'bigint' && estimate > 21000n && estimate < 60000n, 'ethers: gas estimate');
    const old = await provider.send('eth_getStorageAt', [await counter.getAddress(), '0x0', '0x' + (done.blockNumber - 1).toString(16)]);
    check(BigInt(old) === 0n, 'ethers: state at an older height');
    provider.destroy();
    return counter.getAddress();
}

async function withViem(cluster, address) {
    const chain = defineChain({ id: 1337, name: 'Otento', nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 }, rpcUrls: { default: { http: [cluster.nodes[1].rpc] } } });
    const transport = http(cluster.nodes[1].rpc);
    const client = createPublicClient({ chain, transport, pollingInterval: 50, cacheTime: 0 });
    const account = privateKeyToAccount(cluster.accounts[2].privateKey);
    const wallet = createWalletClient({ account, chain, transport });
    const typed = parseAbi(['function value() view returns (uint256)', 'function add(uint256 n)', 'event Counted(address indexed who, uint256 value)']);
    check(await client.getChainId() === 1337, 'viem: chain id');
    const hash = await wallet.writeContract({ address, abi: typed, functionName: 'add', args: [3n] });
    const receipt = await client.waitForTransactionReceipt({ hash });
    check(receipt.status === 'success' && receipt.logs.length === 1, 'viem: contract write through a second node');
    check(await client.readContract({ address, abi: typed, functionName: 'value' }) === 10n, 'viem: contract read');
    const logs = await client.getContractEvents({ address, abi: typed, fromBlock: 0n });
    check(logs.length === 2, 'viem: events');
    const block = await client.getBlock({ blockTag: 'finalized' });
    check(block.number >= receipt.blockNumber, 'viem: finalized is the head');
    check(await client.getTransactionCount({ address: account.address }) === 1, 'viem: nonce');
    const estimated = await client.estimateGas({ account, to: address, value: 0n, data: '0x3fa4f245' });
    check(estimated > 21000n, 'viem: estimate');
    const history = await client.getFeeHistory({ blockCount: 4, rewardPercentiles: [50] });
    check(history.baseFeePerGas.every((fee) => fee === 0n), 'viem: fee history');
}

async function withFetch(cluster, address) {
    const { rpc } = cluster.nodes[2];
    const batch = await (await fetch(rpc, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify([
        { jsonrpc: '2.0', id: 'a', method: 'eth_chainId' }, { jsonrpc: '2.0', id: 2, method: 'net_version' },
        { jsonrpc: '2.0', method: 'eth_blockNumber' }, { jsonrpc: '2.0', id: null, method: 'nope' }]) })).json();
    check(batch.length === 3 && batch[0].id === 'a' && batch[0].result === '0x539' && batch[1].result === '1337', 'fetch: a batch');
    check(batch[2].error.code === -32601, 'fetch: an unknown method in a batch');
    check(/^Otento\//.test(await call(rpc, 'web3_clientVersion')), 'fetch: client version');
    check(BigInt(await call(rpc, 'eth_getStorageAt', [address, '0x0', 'latest'])) === 10n, 'fetch: storage on the third node');
    const members = await call(rpc, 'raft_cluster');
    check(members.length === 3 && members.filter((m) => m.role === 'minter').length === 1, 'fetch: raft_cluster has one minter');
    check(members.every((m) => /^[0-9a-f]{128}$/.test(m.nodeId) && m.nodeActive), 'fetch: members are connected');
    const leader = await call(rpc, 'raft_leader');
    check(members.find((m) => m.role === 'minter').nodeId === leader, 'fetch: raft_leader is the minter');
    for (const path of ['/livez', '/readyz', '/metrics']) {
        const answer = await fetch(rpc + path);
        check(answer.status === 200, `fetch: ${path} is 200`);
        if (path === '/metrics') {
            const text = await answer.text();
            for (const name of ['otento_raft_term', 'otento_raft_commit_index', 'otento_head_block', 'otento_raft_elections_total']) {
                check(text.includes(name), `metrics have ${name}`);
            }
        }
    }
    const answer = await fetch(rpc, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"}' });
    check(Number(answer.headers.get('otento-block-number')) > 0 && answer.headers.get('otento-role') !== null, 'fetch: height and role in the headers');
}

await withCluster(options, async (cluster) => {
    const address = await withEthers(cluster);
    console.log('ethers: transfers of three types, contract, events, reverts, history');
    await cluster.sameHeight();
    await withViem(cluster, address);
    console.log('viem: reads, writes, events, fees through a second node');
    await cluster.sameHeight();
    await sleep(50);
    await withFetch(cluster, address);
    console.log('fetch: batches, raft_*, probes, metrics on a third node');
    await cluster.compareChains();
});
