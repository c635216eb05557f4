// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// The in-house currency of the example: everything belongs to whoever deploys it.
contract Token is ERC20 {
    constructor(uint256 supply) ERC20("First Light", "DAWN") {
        _mint(msg.sender, supply);
    }
}
