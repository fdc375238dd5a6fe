/**
 * A JSON value that loses nothing: numbers keep their literal text, objects their member
 * order, and any member name (`__proto__` too) is just a key.
 */
export type JsonValue = null | boolean | string | JsonNumber | JsonArray | JsonObject;
/** An array. */
export type JsonArray = JsonValue[];
/** An object: its members in their order. */
export type JsonObject = Map<string, JsonValue>;

/** A number as it was written: `1.50` stays `1.50`. */
export class JsonNumber {
	readonly literal: string;

	constructor(literal: string | number) {
		this.literal = String(literal);
	}

	toString(): string {
		return this.literal;
	}
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
	return value instanceof Map;
}
