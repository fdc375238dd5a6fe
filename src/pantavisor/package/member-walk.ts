import type { Finding } from "../../ground/findings/index.js";
import { ExportError } from "./errors.js";
import { BLOCK, decodeWireHeader, isZero } from "./wire-header.js";
import { wireFinding } from "./wire-rules.js";

/** A member of a package, and the place of its data. */
export interface PlacedMember {
	readonly name: string;
	/** Byte offset of the data in the unpacked archive. */
	readonly position: number;
	/** Bytes of the data. */
	readonly size: number;
}

/** Most members: a hundred times what packages have. */
const MEMBER_LIMIT = 1 << 16;

/**
 * Walks the headers of an archive in their order. The owner reads the block at `position`, from a file or a stream,
 * and passes it to `take`.
 */
export class MemberWalk {
	readonly members: PlacedMember[] = [];
	readonly findings: Finding[] = [];
	readonly #names = new Set<string>();
	readonly #subject: string;
	#position = 0;
	#zeroBlocks = 0;
	#broken = false;

	/** @param subject the package, for messages. */
	constructor(subject: string) {
		this.#subject = subject;
	}

	/** Byte offset of the next header or, once the archive has ended, of the first byte after it. */
	get position(): number {
		return this.#position;
	}

	/** Returns whether both end blocks were taken. */
	get ended(): boolean {
		return this.#zeroBlocks === 2;
	}

	/** Returns whether a header was so damaged that the position of the next one is unknown. */
	get broken(): boolean {
		return this.#broken;
	}

	/** Takes the header at `position`. @throws ExportError ERR_PACKAGE_LIMIT */
	take(block: Buffer): void {
		const start = this.#position;
		this.#position += BLOCK;
		if (isZero(block)) {
			this.#zeroBlocks++;
			return;
		}
		if (this.#zeroBlocks > 0) {
			this.#position = start;
			this.#zeroBlocks = 2;
			this.findings.push(wireFinding("PACKAGE_TRAILING", "end of archive"));
			return;
		}
		this.#takeMember(block);
	}

	#takeMember(block: Buffer): void {
		if (this.members.length >= MEMBER_LIMIT) {
			throw new ExportError(
				"ERR_PACKAGE_LIMIT",
				`${this.#subject}: read package: more members than the limit of ${MEMBER_LIMIT}`,
			);
		}
		const { name, size, findings } = decodeWireHeader(block);
		if (this.#names.has(name)) {
			this.findings.push(wireFinding(name === "json" ? "PACKAGE_STATE_TWICE" : "PACKAGE_OBJECT_TWICE", name));
		}
		this.findings.push(...findings);
		this.#names.add(name);
		this.#broken = size === undefined;
		if (size === undefined) return;
		this.members.push({ name, position: this.#position, size });
		this.#position += Math.ceil(size / BLOCK) * BLOCK;
	}
}
