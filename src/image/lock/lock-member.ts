import { isJsonObject, JsonNumber, type JsonObject, type JsonValue } from "../../ground/json/index.js";
import { type Digest, type Platform, parseDigest, parsePlatform } from "../oci/index.js";
import { LockError } from "./errors.js";

/** A member of a lock, with its path in the document for messages. */
export class LockMember {
	readonly #value: JsonValue;
	readonly #path: string;
	readonly #unknown: string[];

	/** @param unknown receives the paths of unknown members. */
	constructor(value: JsonValue, path: string, unknown: string[]) {
		this.#value = value;
		this.#path = path;
		this.#unknown = unknown;
	}

	/** Returns a required member. @throws LockError ERR_LOCK_FORMAT */
	member(name: string): LockMember {
		return this.optional(name) ?? this.refuse(`a member ${name}`, "none");
	}

	/** Returns a member; undefined if it is absent. */
	optional(name: string): LockMember | undefined {
		const value = this.#object().get(name);
		return value === undefined ? undefined : this.#inner(value, `: ${name}`);
	}

	/**
	 * Returns the members that are not in `names`.
	 * @throws LockError ERR_LOCK_FORMAT for one that differs from a name only in case, as some readers would accept
	 *   it as that member
	 */
	others(names: ReadonlySet<string>): JsonObject {
		const others = [...this.#object()].filter(([name]) => !names.has(name));
		for (const [name] of others) {
			const meant = [...names].find((known) => known.toLowerCase() === name.toLowerCase());
			if (meant !== undefined) this.refuse(`a member ${meant}`, name);
			this.#unknown.push(`${this.#path}: ${name}`);
		}
		return new Map(others);
	}

	/** Reads an object without interpreting it. */
	json(): JsonObject {
		return this.#object();
	}

	/** Reads every member of an object, by name. */
	map<T>(read: (member: LockMember) => T): Map<string, T> {
		const entries = [...this.#object()];
		return new Map(entries.map(([name, value]) => [name, read(this.#inner(value, `: ${name}`))]));
	}

	/** Reads every item of an array. */
	list<T>(read: (member: LockMember) => T): T[] {
		if (!Array.isArray(this.#value)) return this.refuse("an array");
		return this.#value.map((value, at) => read(this.#inner(value, `[${at}]`)));
	}

	string(): string {
		const value = this.#value;
		return typeof value === "string" && !/\p{Cc}/u.test(value) ? value : this.refuse("a string on one line");
	}

	/** Reads the one string that is allowed here. */
	oneOf<const T extends string>(expected: T): T {
		return this.#value === expected ? expected : this.refuse(JSON.stringify(expected));
	}

	/** Reads a whole number from 0 to 2^53 - 1. */
	count(): number {
		const value = this.#value instanceof JsonNumber ? Number(this.#value.literal) : Number.NaN;
		return Number.isSafeInteger(value) && value >= 0 ? value : this.refuse("a whole number");
	}

	digest(): Digest {
		return parseDigest(this.string(), this.#path);
	}

	/** Reads a string of this member as a platform. */
	asPlatform(text: string): Platform {
		try {
			return parsePlatform(text);
		} catch {
			return this.refuse("os/architecture[/variant]", JSON.stringify(text));
		}
	}

	/** Reads a SHA-256 in lower-case hex. */
	hex(): string {
		const text = this.string();
		return /^[0-9a-f]{64}$/.test(text) ? text : this.refuse("64 lower-case hex digits");
	}

	/** @throws LockError ERR_LOCK_FORMAT that names the member and says what it is */
	refuse(expected: string, got: string = describe(this.#value)): never {
		const remedy = 'restore the file, or remove it and run "pvpkg lock"';
		throw new LockError(
			"ERR_LOCK_FORMAT",
			`${this.#path}: read: expected ${expected}, got ${got}: ${remedy}`,
		);
	}

	#inner(value: JsonValue, step: string): LockMember {
		return new LockMember(value, `${this.#path}${step}`, this.#unknown);
	}

	#object(): JsonObject {
		return isJsonObject(this.#value) ? this.#value : this.refuse("an object");
	}
}

/** Describes a value for messages: by its kind, and by itself if it is short, as it may be foreign and long. */
function describe(value: JsonValue): string {
	if (value instanceof JsonNumber) return value.literal.slice(0, 32);
	if (typeof value === "string") return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
	if (Array.isArray(value)) return "an array";
	return isJsonObject(value) ? "an object" : String(value);
}
