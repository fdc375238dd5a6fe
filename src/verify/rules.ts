import { type Rule, rulesOf } from "../ground/findings/index.js";
import { WIRE_RULES } from "../pantavisor/package/index.js";
import { LXC_RULES, RUN_RULES, STATE_RULES } from "../pantavisor/rules/index.js";
import { SIGNATURE_RULES } from "../pantavisor/signing/index.js";
import { KERNEL_RULES } from "../squashfs/kernel/index.js";
import { AGAINST_RULES } from "./against-rules.js";
import { ARCHITECTURE_RULES } from "./architecture-rules.js";
import { TRUST_RULES } from "./trust-rules.js";

/** All rules that produce findings, in the order of docs/findings.md. */
export const RULES: readonly Rule[] = rulesOf(
	WIRE_RULES,
	STATE_RULES,
	RUN_RULES,
	LXC_RULES,
	SIGNATURE_RULES,
	TRUST_RULES,
	KERNEL_RULES,
	ARCHITECTURE_RULES,
	AGAINST_RULES,
);
