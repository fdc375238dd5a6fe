// Makes a module's bytes from its text by the optimiser that AssemblyScript's -O3 runs, but puts far larger functions
// in place of their calls: V8 inlines no function of WebAssembly, and calls cost registers. With -O3 itself the encoder
// of xz takes an eighth more time, that of zstd up to a tenth, and the decoder of gzip a sixth, for the same bytes.
import binaryen from "assemblyscript/binaryen";

/** Functions of so many expressions are put in place of each call, */
const ALWAYS_INLINED = 30;
/** up to this size when they call nothing themselves, */
const INLINED = 1400;
/** and up to this when a single place calls them. Modules grow to up to 2.6 times their size, 37 kB for xz. */
const INLINED_ONCE = 20_000;
/** The same where V8 has to get between the calls. */
const INLINED_IN_PIECES = { flexible: 30, once: 200 };

/**
 * Compiles a module's text to optimised bytes.
 * @param foldsConstants whether constants that are added to an address may go into loads and stores. They may where no
 * address, before the addition, is so near to 0 that it could lie below it.
 * @param inPieces whether long work is cut into calls that have to remain: V8 replaces slow code between two calls.
 */
export function assemble(text, simd, foldsConstants, inPieces) {
	const { MutableGlobals, SignExt, NontrappingFPToInt, BulkMemory, BulkMemoryOpt, SIMD128 } =
		binaryen.Features;
	const module = binaryen.parseText(text);
	module.setFeatures(
		MutableGlobals | SignExt | NontrappingFPToInt | BulkMemory | BulkMemoryOpt | (simd ? SIMD128 : 0),
	);
	if (!module.validate()) throw new Error("assemble: the module is not valid");
	binaryen.setOptimizeLevel(3);
	binaryen.setShrinkLevel(0);
	binaryen.setAlwaysInlineMaxSize(ALWAYS_INLINED);
	binaryen.setFlexibleInlineMaxSize(inPieces ? INLINED_IN_PIECES.flexible : INLINED);
	binaryen.setOneCallerInlineMaxSize(inPieces ? INLINED_IN_PIECES.once : INLINED_ONCE);
	binaryen.setAllowInliningFunctionsWithLoops(!inPieces);
	binaryen.setLowMemoryUnused(foldsConstants);
	module.optimize();
	module.optimize();
	const bytes = module.emitBinary();
	module.dispose();
	return bytes;
}
