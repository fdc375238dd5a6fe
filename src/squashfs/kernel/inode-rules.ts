import { displayByteString, utf8ByteString } from "../../ground/bytes/index.js";
import type { Finding } from "../../ground/findings/index.js";
import { isFileCapability } from "../../image/rootfs/index.js";
import type { ImageEntry } from "../read/index.js";
import { isAtLeast, type KernelTarget } from "./kernel-target.js";
import { type KernelRuleId, kernelFinding } from "./rules.js";

const CAPABILITY = utf8ByteString("security.capability");

/** Reports what kernels find wrong with one inode when they look it up or start its program. */
export function lintInode(entry: ImageEntry, target: KernelTarget | undefined, subject: string): Finding[] {
	const findings: Finding[] = [];
	const add = (rule: KernelRuleId, reason: string, severity?: Finding["severity"]): void => {
		findings.push(kernelFinding(rule, subject, `/${displayByteString(entry.path)}: ${reason}`, severity));
	};
	const since = (major: number, minor: number): Finding["severity"] =>
		target && isAtLeast(target, major, minor) ? "error" : "warning";
	if (entry.storedMode > 0o7777) {
		add("IMAGE_MODE_BITS", "its mode has type bits: kernels from late 2025 on refuse it", since(6, 18));
	}
	if (entry.hasEmptyTail) {
		const reason = "it is of whole blocks and has a fragment: kernels from September 2025 on refuse it";
		add("IMAGE_WHOLE_BLOCK_FRAGMENT", reason, since(6, 17));
	}
	if (hasWrongCapability(entry)) {
		const reason =
			"its security.capability has another size or revision than kernels read: they do not start it";
		add("IMAGE_CAPABILITY", reason);
	}
	return findings;
}

function hasWrongCapability({ kind, storedMode, attributes }: ImageEntry): boolean {
	const value = attributes.xattrs.get(CAPABILITY);
	return kind === "file" && (storedMode & 0o111) !== 0 && value !== undefined && !isFileCapability(value);
}
