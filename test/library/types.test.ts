// What the compiler must accept and refuse of the library's types: the build of the tests is the check.
import { expect, expectTypeOf, test } from "vitest";
import type { Signer } from "../../src/doors/signing.js";
import type { ErrorKind } from "../../src/doors/types.js";
import {
	type BuildOptions,
	type ErrorCode,
	type ExportOptions,
	exportImage,
	type MadePackage,
	openResources,
	type PvpkgError,
	type Resources,
	streamImage,
	type VerifyReport,
	verifyPackage,
} from "../../src/index.js";

/** Calls that are compiled, and never made. */
function compiled(signer: Signer, resources: Resources): readonly (() => unknown)[] {
	return [
		() => exportImage({ image: "nginx:1.27", sign: false }),
		() => exportImage({ image: "nginx:1.27", sign: { key: "PEM" } }),
		() => exportImage({ image: "nginx:1.27", sign: { key: new Uint8Array(), certificates: "PEM" } }),
		() => exportImage({ image: "nginx:1.27", sign: signer, resources }),
		() => exportImage({ image: "nginx:1.27", sign: false, args: { PV_NETWORK: { pools: ["a", null, 1] } } }),
		// @ts-expect-error who signs has no default
		() => exportImage({ image: "nginx:1.27" }),
		// @ts-expect-error nobody signs by `true`
		() => exportImage({ image: "nginx:1.27", sign: true }),
		// @ts-expect-error an undefined choice is none
		() => exportImage({ image: "nginx:1.27", sign: undefined }),
		// @ts-expect-error an image is needed
		() => exportImage({ sign: false }),
		// @ts-expect-error platforms are strings
		() => exportImage({ image: "nginx:1.27", sign: false, platforms: [{ os: "linux" }] }),
		// @ts-expect-error a misspelt option
		() => exportImage({ image: "nginx:1.27", sign: false, plattforms: ["linux/amd64"] }),
		// @ts-expect-error functions are not JSON
		() => exportImage({ image: "nginx:1.27", sign: false, args: { PV_GROUP: () => "app" } }),
		// @ts-expect-error a sink is needed
		() => streamImage({ image: "nginx:1.27", sign: false }),
		// @ts-expect-error certificates are not paths of authorities
		() => verifyPackage("web.tgz", { trust: { cacerts: "ca.pem" } }),
		// @ts-expect-error resources come from openResources
		() => exportImage({ image: "nginx:1.27", sign: false, resources: {} }),
	];
}

test("the types of calls are those that are documented", () => {
	expect(compiled.length).toBe(2);
	expectTypeOf(exportImage).returns.resolves.toEqualTypeOf<MadePackage[]>();
	expectTypeOf(verifyPackage).returns.resolves.toEqualTypeOf<VerifyReport>();
	expectTypeOf(openResources).returns.toExtend<AsyncDisposable>();
	expectTypeOf<ExportOptions["sign"]>().toEqualTypeOf<BuildOptions["sign"]>();
	expectTypeOf<MadePackage["path"]>().toEqualTypeOf<string | undefined>();
	expectTypeOf<PvpkgError["kind"]>().toEqualTypeOf<ErrorKind>();
	expectTypeOf<"ERR_SIGN_CHOICE" | "ERR_PLATFORM_MISSING" | "ERR_DISK_FULL">().toExtend<ErrorCode>();
	expectTypeOf<"ERR_NO_SUCH_CODE">().not.toExtend<ErrorCode>();
});
