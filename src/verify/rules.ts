import { type Rule, rulesOf } from "../ground/findings/index.js";
import { WIRE_RULES } from "../pantavisor/package/index.js";
import { KERNEL_RULES } from "../squashfs/kernel/index.js";
import { AGAINST_RULES } from "./against-rules.js";
import { TRUST_RULES } from "./trust-rules.js";

/** Every rule that findings come from, in the order of docs/findings.md. */
export const RULES: readonly Rule[] = rulesOf(WIRE_RULES, TRUST_RULES, KERNEL_RULES, AGAINST_RULES);
