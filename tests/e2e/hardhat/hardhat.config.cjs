// Without OTENTO_KEY the node's own accounts sign.
const { OTENTO_RPC: url, OTENTO_KEY: key } = process.env;
module.exports = { defaultNetwork: 'otento', networks: { otento: { url, accounts: key ? [key] : 'remote' } } };
