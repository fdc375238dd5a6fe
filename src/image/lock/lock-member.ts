import { isJsonObject, JsonNumber, type JsonObject, type JsonValue } from "../../ground/json/index.js";
import { type Digest, parseDigest } from "../oci/index.js";
import { LockError } from "./errors.js";

/** A member of a lock, which knows its path in the document for messages. */
export class LockMember {
	readonly #value: JsonValue;
	readonly #path: string;

	constructor(value: JsonValue, path: string) {
		this.#value = value;
		this.#path = path;
	}

	/** Returns a member that must be there. @throws LockError ERR_LOCK_FORMAT */
	member(name: string): LockMember {
		return this.optional(name) ?? new LockMember(null, this.#path).#refuse(`a member ${name}`);
	}

	/** Returns a member, or undefined without it. */
	optional(name: string): LockMember | undefined {
		const value = this.#object().get(name);
		return value === undefined ? undefined : new LockMember(value, `${this.#path}: ${name}`);
	}

	/** Returns the members that are not named. */
	others(names: ReadonlySet<string>): JsonObject {
		return new Map([...this.#object()].filter(([name]) => !names.has(name)));
	}

	/** Reads an object as it is. */
	json(): JsonObject {
		return this.#object();
	}

	/** Reads every member of an object, by name. */
	map<T>(read: (member: LockMember) => T): Map<string, T> {
		const entries = [...this.#object()];
		return new Map(
			entries.map(([name, value]) => [name, read(new LockMember(value, `${this.#path}: ${name}`))]),
		);
	}

	/** Reads every item of an array. */
	list<T>(read: (member: LockMember) => T): T[] {
		if (!Array.isArray(this.#value)) return this.#refuse("an array");
		return this.#value.map((value, at) => read(new LockMember(value, `${this.#path}[${at}]`)));
	}

	string(): string {
		const value = this.#value;
		return typeof value === "string" && !/\p{Cc}/u.test(value) ? value : this.#refuse("a string on one line");
	}

	/** Reads the one string that may stand here. */
	oneOf<const T extends string>(expected: T): T {
		return this.#value === expected ? expected : this.#refuse(JSON.stringify(expected));
	}

	/** Reads a whole number from 0 to 2^53 - 1. */
	count(): number {
		const value = this.#value instanceof JsonNumber ? Number(this.#value.literal) : Number.NaN;
		return Number.isSafeInteger(value) && value >= 0 ? value : this.#refuse("a whole number");
	}

	digest(): Digest {
		return parseDigest(this.string(), this.#path);
	}

	/** Reads a SHA-256 in lower-case hex. */
	hex(): string {
		const text = this.string();
		return /^[0-9a-f]{64}$/.test(text) ? text : this.#refuse("64 lower-case hex digits");
	}

	#object(): JsonObject {
		return isJsonObject(this.#value) ? this.#value : this.#refuse("an object");
	}

	#refuse(expected: string): never {
		throw new LockError("ERR_LOCK_FORMAT", `${this.#path}: read: expected ${expected}`);
	}
}
