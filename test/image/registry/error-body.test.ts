import { expect, test } from "vitest";
import { parseErrorBody } from "../../../src/image/registry/error-body.js";

test.each([
	['{"errors":[{"code":"DENIED","message":"no access"},{"code":"B"}]}', "DENIED: no access; B"],
	['{"error":"invalid_grant","error_description":"gone"}', "invalid_grant: gone"],
	['{"details":"incorrect user"}', "incorrect user"],
	[
		"<?xml?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
		"AccessDenied: Access Denied",
	],
	["<Error><Message>only this</Message></Error>", "only this"],
	["<Error><Code>cut off", ""],
	["<html>503</html>", ""],
	['{"errors":[null,7]}', ""],
	["null", ""],
	["", ""],
])("the words of %s", (text, words) => {
	expect(parseErrorBody(text)).toBe(words);
});

// With a pattern that backtracks each of these takes minutes.
test.each(["<Error>", "<Error><Code>", "<Error><Code></Code>", "<Code>", '{"errors":['])(
	"a body of nothing but %s costs no more than its length",
	(piece) => {
		expect(parseErrorBody(piece.repeat(Math.ceil(2 ** 20 / piece.length)))).toBe("");
	},
);
