// The namespaces: eth, net, personal, admin, … as geth's and GoQuorum's consoles name them.
(function ($) {
    'use strict';
    const { method, property, block, address, quantity, callObject, transaction, filter, toDecimal, toBigNumber, toHex } = $;
    const TX = { required: 1 };

    /// props: name -> [remote, output]; methods: name -> [remote, inputs, options].
    function namespace(name, props, methods) {
        const out = {};
        for (const [key, [remote, output]] of Object.entries(props)) property(out, key, remote, output);
        for (const [key, [remote, inputs, options]] of Object.entries(methods)) out[key] = method(remote, inputs, options);
        globalThis[name] = out;
        return out;
    }

    /// Names that are called as they are: "a b c" -> { a: ['ns_a'], … }.
    function plain(prefix, names) {
        return Object.fromEntries(names.split(' ').filter(Boolean).map((name) => [name, [`${prefix}_${name}`]]));
    }

    const byNumberOrHash = (stem, suffix = '') => (args) =>
        `eth_get${stem}${$.isHash(args[0]) ? 'Hash' : 'Number'}${suffix}`;
    const blockOf = (value) => {
        if (value === undefined) throw new Error('Invalid number of input parameters to RPC method');
        return block(value);
    };
    const index = (value) => quantity(value);
    const flag = (value) => Boolean(value);

    function addEth() {
        const eth = namespace('eth', {
            accounts: ['eth_accounts'], blockNumber: ['eth_blockNumber', toDecimal], coinbase: ['eth_coinbase'],
            gasPrice: ['eth_gasPrice', toBigNumber], hashrate: ['eth_hashrate', toDecimal], mining: ['eth_mining'],
            pendingTransactions: ['eth_pendingTransactions', (all) => all.map($.outTransaction)],
            protocolVersion: ['eth_protocolVersion'], syncing: ['eth_syncing', $.outSyncing],
            maxPriorityFeePerGas: ['eth_maxPriorityFeePerGas', toBigNumber], pSI: ['eth_getPSI'],
        }, {
            chainId: ['eth_chainId'],
            getBlock: [byNumberOrHash('BlockBy'), [blockOf, flag], { output: $.outBlock, required: 1 }],
            getBlockByNumber: ['eth_getBlockByNumber', [blockOf, flag], { output: $.outBlock, required: 1 }],
            getBlockByHash: ['eth_getBlockByHash', [null, flag], { output: $.outBlock, required: 1 }],
            getHeaderByNumber: ['eth_getHeaderByNumber', [blockOf], { required: 1 }],
            getHeaderByHash: ['eth_getHeaderByHash', [null], { required: 1 }],
            getBlockReceipts: ['eth_getBlockReceipts', [block], { output: (all) => all.map($.outReceipt) }],
            getBlockTransactionCount: [byNumberOrHash('BlockTransactionCountBy'), [blockOf], { output: toDecimal, required: 1 }],
            getUncle: [byNumberOrHash('UncleByBlock', 'AndIndex'), [blockOf, index], { output: $.outBlock, required: 2 }],
            getBlockUncleCount: [byNumberOrHash('UncleCountByBlock'), [blockOf], { output: toDecimal, required: 1 }],
            getTransaction: ['eth_getTransactionByHash', [null], { output: $.outTransaction, required: 1 }],
            getTransactionFromBlock: [byNumberOrHash('TransactionByBlock', 'AndIndex'), [blockOf, index],
                { output: $.outTransaction, required: 2 }],
            getTransactionReceipt: ['eth_getTransactionReceipt', [null], { output: $.outReceipt, required: 1 }],
            getRawTransaction: ['eth_getRawTransactionByHash', [null], { required: 1 }],
            getRawTransactionFromBlock: [byNumberOrHash('RawTransactionByBlock', 'AndIndex'), [blockOf, index], { required: 2 }],
            getTransactionCount: ['eth_getTransactionCount', [address, block], { output: toDecimal, required: 1 }],
            getBalance: ['eth_getBalance', [address, block], { output: toBigNumber, required: 1 }],
            getStorageAt: ['eth_getStorageAt', [address, toHex, block], { required: 2 }],
            storageRoot: ['eth_storageRoot', [address, block], { required: 1 }],
            getCode: ['eth_getCode', [address, block], { required: 1 }],
            getProof: ['eth_getProof', [address, null, block], { required: 2 }],
            call: ['eth_call', [callObject, block, null], { required: 1 }],
            estimateGas: ['eth_estimateGas', [callObject, (b) => b === undefined ? b : block(b), null], { output: toDecimal, required: 1 }],
            createAccessList: ['eth_createAccessList', [callObject, block], { required: 1 }],
            feeHistory: ['eth_feeHistory', [toHex, block, (p) => p ?? []], { required: 2 }],
            getLogs: ['eth_getLogs', [filter], { output: (all) => all.map($.outLog), required: 1 }],
            sendTransaction: ['eth_sendTransaction', [transaction], TX],
            sendTransactionAsync: ['eth_sendTransactionAsync', [transaction], TX],
            sendRawTransaction: ['eth_sendRawTransaction', [null], TX],
            sendRawPrivateTransaction: ['eth_sendRawPrivateTransaction', [null, null], { required: 2 }],
            distributePrivateTransaction: ['eth_distributePrivateTransaction', [null, null], { required: 2 }],
            signTransaction: ['eth_signTransaction', [transaction], TX],
            fillTransaction: ['eth_fillTransaction', [transaction], TX],
            submitTransaction: ['eth_submitTransaction', [transaction], TX],
            resend: ['eth_resend', [transaction, quantity, quantity], TX],
            sign: ['eth_sign', [address, null], { required: 2 }],
            getQuorumPayload: ['eth_getQuorumPayload', [null], TX],
            getQuorumPayloadExtra: ['eth_getQuorumPayloadExtra', [null], TX],
            getContractPrivacyMetadata: ['eth_getContractPrivacyMetadata', [address], TX],
            getPrivateTransaction: ['eth_getPrivateTransactionByHash', [null], { output: $.outTransaction, required: 1 }],
            getPrivateTransactionReceipt: ['eth_getPrivateTransactionReceipt', [null], { output: $.outReceipt, required: 1 }],
            getPrivacyPrecompileAddress: ['eth_getPrivacyPrecompileAddress'],
        });
        for (const name of ['defaultBlock', 'defaultAccount']) {
            Object.defineProperty(eth, name, {
                get: () => $.settings[name], set: (value) => { $.settings[name] = value; }, enumerable: true,
            });
        }
        eth.contract = (abi) => $.contractFactory(abi);
        eth.filter = (options, callback) => $.makeFilter(options, callback);
        return eth;
    }

    function addOthers() {
        namespace('net', {
            listening: ['net_listening'], peerCount: ['net_peerCount', toDecimal], version: ['net_version'],
        }, {});
        namespace('txpool', {
            content: ['txpool_content'], inspect: ['txpool_inspect'],
            status: ['txpool_status', (s) => $.fieldsOf(s, [[toDecimal, 'pending queued']])],
        }, { contentFrom: ['txpool_contentFrom', [address], { required: 1 }] });
        namespace('admin', {
            nodeInfo: ['admin_nodeInfo'], peers: ['admin_peers'], datadir: ['admin_datadir'],
        }, plain('admin', 'addPeer removePeer addTrustedPeer removeTrustedPeer exportChain importChain startHTTP stopHTTP ' +
            'startRPC stopRPC startWS stopWS reloadPlugin'));
        namespace('debug', {}, {
            ...plain('debug', 'getBlockRlp getRawBlock getRawHeader getRawReceipts getRawTransaction printBlock seedHash ' +
                'dumpBlock dumpAddress chaindbProperty chaindbCompact verbosity vmodule backtraceAt stacks freeOSMemory ' +
                'setGCPercent memStats gcStats cpuProfile startCPUProfile stopCPUProfile goTrace startGoTrace stopGoTrace ' +
                'blockProfile setBlockProfileRate writeBlockProfile mutexProfile setMutexProfileFraction writeMutexProfile ' +
                'writeMemProfile traceBlock traceBlockFromFile traceBadBlock preimage getBadBlocks intermediateRoots ' +
                'getModifiedAccountsByHash defaultStateRoot privateStateRoot'),
            metrics: ['debug_metrics', [(raw) => Boolean(raw)]],
            setHead: ['debug_setHead', [quantity], { required: 1 }],
            traceTransaction: ['debug_traceTransaction', [null, null], { required: 1 }],
            traceBlockByNumber: ['debug_traceBlockByNumber', [block, null], { required: 1 }],
            traceBlockByHash: ['debug_traceBlockByHash', [null, null], { required: 1 }],
            traceCall: ['debug_traceCall', [callObject, block, null], { required: 1 }],
            storageRangeAt: ['debug_storageRangeAt', [null, null, address, null, null], { required: 5 }],
            accountRange: ['debug_accountRange'],
            getModifiedAccountsByNumber: ['debug_getModifiedAccountsByNumber', [null, null], { required: 1 }],
        });
        namespace('miner', {}, {
            ...plain('miner', 'start stop setExtra setRecommitInterval getHashrate'),
            setEtherbase: ['miner_setEtherbase', [address], { required: 1 }],
            setGasPrice: ['miner_setGasPrice', [quantity], { required: 1 }],
            setGasLimit: ['miner_setGasLimit', [quantity], { required: 1 }],
        });
        globalThis.rpc = {};
        property(globalThis.rpc, 'modules', 'rpc_modules');
        globalThis.rpc.call = (name, ...params) => $.call(name, params);
    }

    function addQuorum() {
        const number = (value) => typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
        namespace('raft', { role: ['raft_role'], leader: ['raft_leader'], cluster: ['raft_cluster'] }, {
            addPeer: ['raft_addPeer', [null], { required: 1 }], addLearner: ['raft_addLearner', [null], { required: 1 }],
            promoteToPeer: ['raft_promoteToPeer', [number], { required: 1 }],
            removePeer: ['raft_removePeer', [number], { required: 1 }],
            getRaftId: ['raft_getRaftId', [null], { required: 1 }],
            transferLeadership: ['raft_transferLeadership', [number]],
        });
        const signed = {};  // The last parameter is a transaction; how many stand before it.
        for (const [count, names] of Object.entries({
            1: 'x',
            2: 'updateOrgStatus approveOrgStatus addNode approveAdminRole recoverBlackListedNode ' +
                'approveBlackListedNodeRecovery recoverBlackListedAccount approveBlackListedAccountRecovery removeRole',
            3: 'addOrg approveOrg addSubOrg updateNodeStatus assignAdminRole addAccountToOrg changeAccountRole updateAccountStatus',
            5: 'addNewRole',
        })) {
            for (const name of names.split(' ').filter((n) => n !== 'x')) {
                signed[name] = [`quorumPermission_${name}`, [...Array(Number(count)).fill(null), transaction],
                    { required: Number(count) + 1 }];
            }
        }
        namespace('quorumPermission', {
            orgList: ['quorumPermission_orgList'], nodeList: ['quorumPermission_nodeList'],
            roleList: ['quorumPermission_roleList'], acctList: ['quorumPermission_acctList'],
        }, {
            ...signed, getOrgDetails: ['quorumPermission_getOrgDetails', [null], { required: 1 }],
            transactionAllowed: ['quorumPermission_transactionAllowed', [transaction], { required: 1 }],
            connectionAllowed: ['quorumPermission_connectionAllowed', [null, null, null, null], { required: 4 }],
        });
        namespace('quorumExtension', { activeExtensionContracts: ['quorumExtension_activeExtensionContracts'] }, {
            extendContract: ['quorumExtension_extendContract', [address, null, address, transaction], { required: 4 }],
            approveExtension: ['quorumExtension_approveExtension', [address, null, transaction], { required: 3 }],
            cancelExtension: ['quorumExtension_cancelExtension', [address, transaction], { required: 2 }],
            getExtensionStatus: ['quorumExtension_getExtensionStatus', [address], { required: 1 }],
        });
    }

    /// Namespaces that only the node knows: any name is a method.
    function addUnknown(modules) {
        for (const name of Object.keys(modules)) {
            if (name in globalThis) continue;
            globalThis[name] = new Proxy({}, {
                get: (_, key) => typeof key === 'string' ? (...args) => $.call(`${name}_${key}`, args) : undefined,
            });
        }
    }

    Object.assign($, { namespace, plain, addEth, addOthers, addQuorum, addUnknown });
})
