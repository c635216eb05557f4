// Puts everything together: the web3 object, the global namespaces.
(function ($) {
    'use strict';

    const eth = $.addEth();
    $.addOthers();
    $.addQuorum();
    const personal = $.addPersonal();
    $.addAdmin();

    function Web3() {}
    const web3 = new Web3();
    const version = { api: '0.20.1' };
    $.property(version, 'node', 'web3_clientVersion');
    $.property(version, 'network', 'net_version');
    $.property(version, 'ethereum', 'eth_protocolVersion');
    Object.assign(web3, {
        eth, personal, net: globalThis.net, version, settings: $.settings, currentProvider: $.provider, providers: {},
        toWei: $.toWei, fromWei: $.fromWei, toHex: $.toHex, toDecimal: $.toDecimal, fromDecimal: $.fromDecimal,
        toBigNumber: $.toBigNumber, toAscii: $.toAscii, fromAscii: $.fromAscii, toUtf8: $.toUtf8, fromUtf8: $.fromUtf8,
        sha3: $.sha3, isAddress: $.isAddress, isChecksumAddress: $.isChecksumAddress, toChecksumAddress: $.toChecksumAddress,
        padLeft: $.padLeft, padRight: $.padRight, createBatch: $.createBatch, BigNumber: $.BigNumber,
        isConnected: () => $.provider.isConnected(),
        reset() {},
    });
    globalThis.Web3 = Web3;
    globalThis.web3 = web3;

    /// Namespaces of the node that we do not know by name; a node that is away is no reason to fail.
    $.addModules = () => {
        try {
            $.addUnknown($.call('rpc_modules'));
        } catch { /* An endpoint without rpc_modules still answers calls. */ }
        return '';
    };
})
