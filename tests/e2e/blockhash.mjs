// BLOCKHASH of every ancestor, evaluated while its parents are still uncommitted, has one value on the leader,
// on followers and on replay. One such call ended a GoQuorum network.
import { Interface, Wallet } from 'ethers';
import { compile } from '../../examples/first-light/compile.mjs';
import { call, check, parseOptions, sleep, withCluster } from './lib.mjs';

const options = parseOptions({ calls: 300, raftblocktime: 5, nodes: 3 });
const ANCESTORS = 8;
const { abi, bytecode } = compile(`
    // SPDX-License-Identifier: Apache-2.0
    pragma solidity ^0.8.20;
    contract Ancestors {
        mapping(uint256 => mapping(uint256 => bytes32)) public recorded;
        function record() external {
            for (uint256 i = 1; i <= ${ANCESTORS} && i <= block.number; i++) recorded[block.number][i] = blockhash(block.number - i);
        }
    }`, 'Ancestors');
const iface = new Interface(abi);
const hex = (number) => '0x' + number.toString(16);

await withCluster(options, async (cluster) => {
    const leader = await cluster.waitForLeader();
    const wallet = new Wallet(cluster.accounts[0].privateKey);
    const sign = (nonce, fields) => wallet.signTransaction({
        chainId: 1337, type: 0, gasPrice: 0, gasLimit: 2_000_000, nonce, value: 0, ...fields });
    const receipt = async (hash) => {
        for (let i = 0; ; i++) {
            const found = await call(leader.rpc, 'eth_getTransactionReceipt', [hash]);
            if (found) return found;
            check(i < 800, `${hash} is mined`);
            await sleep(10);
        }
    };
    const { contractAddress: to, status } =
        await receipt(await call(leader.rpc, 'eth_sendRawTransaction', [await sign(0, { data: bytecode })]));
    check(status === '0x1', 'the contract is deployed');

    // Faster than a block commits, so that most blocks are built on uncommitted parents.
    const data = iface.encodeFunctionData('record');
    const raws = [];
    for (let i = 1; i <= options.calls; i++) raws.push(await sign(i, { to, data }));
    let last;
    for (const raw of raws) last = await call(leader.rpc, 'eth_sendRawTransaction', [raw]);
    check((await receipt(last)).status === '0x1', 'the last call succeeded');
    const height = await cluster.compareChains();

    const verify = async () => {
        let checked = 0;
        for (const node of cluster.nodes) {
            const blocks = [];
            for (let number = 0; number <= height; number++) {
                blocks.push(await call(node.rpc, 'eth_getBlockByNumber', [hex(number), true]));
            }
            for (const [number, block] of blocks.entries()) {
                if (!block.transactions.some((t) => t.to === to)) continue;
                for (let i = 1; i <= ANCESTORS && i <= number; i++) {
                    const value = await call(node.rpc, 'eth_call', [{ to, data: iface.encodeFunctionData('recorded', [number, i]) }, 'latest']);
                    check(value === blocks[number - i].hash,
                        `BLOCKHASH(${number} - ${i}) on ${node.name} is ${blocks[number - i].hash}, got ${value}`);
                    checked++;
                }
            }
        }
        return checked;
    };
    console.log(`${await verify()} values of BLOCKHASH over ${height} blocks agree on all nodes`);

    for (const node of cluster.nodes) cluster.kill(node.name);
    await sleep(100);
    await cluster.up();
    check(await cluster.compareChains() === height, 'the chain is whole after a restart of all');
    console.log(`and again after kill -9 of all: ${await verify()} values`);
});
