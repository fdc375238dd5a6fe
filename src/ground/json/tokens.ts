import { isJsonObject, type JsonValue } from "./value.js";

/** Yields everything inside a list or an object in the order of its text: names, values, and what these contain. */
export function* jsonTokens(value: JsonValue): Generator<JsonValue> {
	// A stack of its own: generators inside each other would hand on each token once for each level.
	const open = [itemsOf(value)];
	for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
		const { done, value: item } = last.next();
		if (done) {
			open.pop();
			continue;
		}
		yield item;
		if (Array.isArray(item) || isJsonObject(item)) open.push(itemsOf(item));
	}
}

function* itemsOf(value: JsonValue): Generator<JsonValue, undefined> {
	if (Array.isArray(value)) yield* value;
	else if (isJsonObject(value)) for (const pair of value) yield* pair;
}
