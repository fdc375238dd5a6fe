// Prices: what a symbol would cost with the chances of now, in 1/16 bit. Tables of them are
// rebuilt every REFRESH_INTERVAL bytes; between, the optimal parser only adds table entries.
import {
	ALIGN_PRICES,
	BIT_PRICES,
	FLAG_PRICES,
	INPUT,
	LEAF_SCRATCH,
	LITERAL_PRICES,
	LITERAL_USES,
	MATCH_LENGTH_PRICES,
	NEAR_PRICES,
	PRICE_SCRATCH,
	REP_LENGTH_PRICES,
	SLOT_PRICES,
} from "./lzma-memory";
import * as chance from "./lzma-probabilities";
import { raiseFour } from "./wide";

/** Prices are counted in 1 / 2^4 bit. */
export const PRICE_BITS: u32 = 4;
/** Chances are counted in 1 / 2^11. */
const CHANCE_BITS: u32 = 11;
/** Bytes of one position state's length prices. */
const LENGTHS_SIZE: u32 = 288 * 4;
/** Columns of FLAG_PRICES, in bytes: all flags of an operation before its length or literal. */
export const LITERAL_FLAGS: u32 = 0;
export const MATCH_FLAGS: u32 = 4;
export const SHORT_REP_FLAGS: u32 = 8;
export const REP_FLAGS: u32 = 12; // four, by index
const FLAG_ROW_SIZE: u32 = 32;
/** Slots that distances of up to 1 MiB have; from FIRST_FAR_SLOT on, with direct bits. */
const SLOTS: u32 = 40;
const FIRST_FAR_SLOT: u32 = 14;
/** Distances below this are priced whole. */
const NEAR_DISTANCES: u32 = 128;

/** -log2 of every chance, by repeated squaring: integers only, so the same on every machine. */
export function initializeBitPrices(): void {
	for (let index: u32 = 0; index < 128; ++index) {
		const value = index * 16 + 8;
		const exponent = 31 - clz(value);
		let mantissa = value << (15 - exponent);
		let logarithm = exponent;
		for (let digit: u32 = 0; digit < PRICE_BITS + 1; ++digit) {
			mantissa = (mantissa * mantissa) >> 15;
			logarithm <<= 1;
			if (mantissa >= 1 << 16) {
				mantissa >>= 1;
				logarithm |= 1;
			}
		}
		const price: u32 = (CHANCE_BITS << (PRICE_BITS + 1)) - logarithm;
		store<u8>(BIT_PRICES + index, <u8>(price >> 1));
	}
}

export function priceOfZero(address: u32): u32 {
	return load<u8>(<u32>load<u16>(address) >> 4, BIT_PRICES);
}

export function priceOfOne(address: u32): u32 {
	return load<u8>((<u32>load<u16>(address) >> 4) ^ 127, BIT_PRICES);
}

/** The price of `bit`, 0 or 1. */
export function priceOfBit(address: u32, bit: u32): u32 {
	return load<u8>((<u32>load<u16>(address) >> 4) ^ (-bit & 127), BIT_PRICES);
}

/** Prices of all leaves of a tree, as i32 at `target`. */
function priceTree(tree: u32, bits: u32, offset: u32, target: u32): void {
	const half: u32 = 1 << (bits - 1);
	store<u32>(PRICE_SCRATCH + 4, offset);
	for (let node: u32 = 1; node < half; ++node) {
		const price = load<u32>(node << 2, PRICE_SCRATCH);
		const address = tree + (node << 1);
		store<u32>(node << 3, price + priceOfZero(address), PRICE_SCRATCH);
		store<u32>(node << 3, price + priceOfOne(address), PRICE_SCRATCH + 4);
	}
	for (let node: u32 = half; node < half << 1; ++node) {
		const price = load<u32>(node << 2, PRICE_SCRATCH);
		const address = tree + (node << 1);
		store<u32>(target, price + priceOfZero(address));
		store<u32>(target, price + priceOfOne(address), 4);
		target += 8;
	}
}

function refreshLiteralPrices(context: u32): void {
	const tree = chance.literalProbabilities(context);
	const target = LITERAL_PRICES + (context << 9);
	store<u32>(PRICE_SCRATCH + 4, 0);
	for (let node: u32 = 1; node < 128; ++node) {
		const price = load<u32>(node << 2, PRICE_SCRATCH);
		const address = tree + (node << 1);
		store<u32>(node << 3, price + priceOfZero(address), PRICE_SCRATCH);
		store<u32>(node << 3, price + priceOfOne(address), PRICE_SCRATCH + 4);
	}
	for (let node: u32 = 128; node < 256; ++node) {
		const price = load<u32>(node << 2, PRICE_SCRATCH);
		const address = tree + (node << 1);
		const leaf = target + ((node - 128) << 2);
		store<u32>(leaf, (price + priceOfZero(address)) | ((price + priceOfOne(address)) << 16));
	}
}

function refreshLengthPrices(coder: u32, positionState: u32, target: u32): void {
	const notLow = priceOfOne(coder);
	const middle = notLow + priceOfZero(coder + 2);
	priceTree(coder + chance.LENGTH_LOW + (positionState << 4), 3, priceOfZero(coder), target);
	priceTree(coder + chance.LENGTH_MIDDLE + (positionState << 4), 3, middle, target + 32);
	// All position states share the high tree.
	if (positionState > 0) memory.copy(target + 64, target + 64 - LENGTHS_SIZE, 256 * 4);
	else priceTree(coder + chance.LENGTH_HIGH, 8, notLow + priceOfOne(coder + 2), target + 64);
}

/** Slot prices lie as [slot][length state], so that one load has the four of a slot. */
function refreshSlotPrices(lengthState: u32): void {
	priceTree(chance.DISTANCE_SLOT + (lengthState << 7), 6, 0, LEAF_SCRATCH);
	for (let slot: u32 = 0; slot < SLOTS; ++slot) {
		const direct = slot < FIRST_FAR_SLOT ? 0 : ((slot >> 1) - 5) << PRICE_BITS;
		const price = load<u32>(slot << 2, LEAF_SCRATCH) + direct;
		store<u32>((slot << 4) + (lengthState << 2), price, SLOT_PRICES);
	}
}

function reverseTreePrice(tree: u32, bits: u32, symbol: u32): u32 {
	let price: u32 = 0;
	let node: u32 = 1;
	for (; bits > 0; --bits) {
		const bit = symbol & 1;
		price += priceOfBit(tree + (node << 1), bit);
		node = (node << 1) | bit;
		symbol >>= 1;
	}
	return price;
}

/** Like slot prices, for whole distances. */
function refreshNearPrices(): void {
	memory.copy(NEAR_PRICES, SLOT_PRICES, 4 << 4);
	for (let distance: u32 = 4; distance < NEAR_DISTANCES; ++distance) {
		const slot = chance.distanceSlot(distance);
		const bits = (slot >> 1) - 1;
		const base = (2 | (slot & 1)) << bits;
		const rest = reverseTreePrice(chance.NEAR_DISTANCE + ((base - slot - 1) << 1), bits, distance - base);
		raiseFour(NEAR_PRICES + (distance << 4), SLOT_PRICES + (slot << 4), rest);
	}
}

function refreshFlagPrices(): void {
	let row = FLAG_PRICES;
	for (let state: u32 = 0; state < 12; ++state) {
		for (let positionState: u32 = 0; positionState < 4; ++positionState) {
			refreshFlagRow(row, state << 1, ((state << 4) + positionState) << 1);
			row += FLAG_ROW_SIZE;
		}
	}
}

function refreshFlagRow(row: u32, state: u32, stateAndPosition: u32): void {
	const isMatch = priceOfOne(chance.IS_MATCH + stateAndPosition);
	const isRep = isMatch + priceOfOne(chance.IS_REP + state);
	const isRep0 = isRep + priceOfZero(chance.IS_NOT_REP0 + state);
	const isNotRep0 = isRep + priceOfOne(chance.IS_NOT_REP0 + state);
	const isNotRep1 = isNotRep0 + priceOfOne(chance.IS_NOT_REP1 + state);
	store<u32>(row, priceOfZero(chance.IS_MATCH + stateAndPosition), LITERAL_FLAGS);
	store<u32>(row, isMatch + priceOfZero(chance.IS_REP + state), MATCH_FLAGS);
	store<u32>(row, isRep0 + priceOfZero(chance.IS_LONG_REP0 + stateAndPosition), SHORT_REP_FLAGS);
	store<u32>(row, isRep0 + priceOfOne(chance.IS_LONG_REP0 + stateAndPosition), REP_FLAGS);
	store<u32>(row, isNotRep0 + priceOfZero(chance.IS_NOT_REP1 + state), REP_FLAGS + 4);
	store<u32>(row, isNotRep1 + priceOfZero(chance.IS_NOT_REP2 + state), REP_FLAGS + 8);
	store<u32>(row, isNotRep1 + priceOfOne(chance.IS_NOT_REP2 + state), REP_FLAGS + 12);
}

/** Notes that chances of a literal context change. */
export function countLiteral(context: u32): void {
	const uses: u32 = load<u8>(context, LITERAL_USES);
	store<u8>(context, uses + <u32>(uses < 0xff), LITERAL_USES);
}

/** Rebuilds the prices of literal contexts that had at least `uses` literals. */
export function refreshLiterals(uses: u32): void {
	for (let context: u32 = 0; context < chance.literalContexts; ++context) {
		if (load<u8>(context, LITERAL_USES) < uses) continue;
		store<u8>(context, 0, LITERAL_USES);
		refreshLiteralPrices(context);
	}
}

/** Rebuilds all other tables. */
export function refreshPrices(): void {
	for (let positionState: u32 = 0; positionState <= chance.positionMask; ++positionState) {
		const offset = positionState * LENGTHS_SIZE;
		refreshLengthPrices(chance.MATCH_LENGTH, positionState, MATCH_LENGTH_PRICES + offset);
		refreshLengthPrices(chance.REP_LENGTH, positionState, REP_LENGTH_PRICES + offset);
	}
	for (let lengthState: u32 = 0; lengthState < 4; ++lengthState) refreshSlotPrices(lengthState);
	refreshNearPrices();
	refreshFlagPrices();
	for (let low: u32 = 0; low < 16; ++low) {
		store<u32>(ALIGN_PRICES + (low << 2), reverseTreePrice(chance.ALIGN, 4, low));
	}
}

/** Address of the row of flag prices; the columns are LITERAL_FLAGS and so on. */
export function flagPrices(state: u32, position: u32): u32 {
	return FLAG_PRICES + ((state << 2) + (position & chance.positionMask)) * FLAG_ROW_SIZE;
}

/** Address of the i32 price of length 2 after a match; the longer follow. */
export function matchLengthPrices(position: u32): u32 {
	return MATCH_LENGTH_PRICES + (position & chance.positionMask) * LENGTHS_SIZE;
}

/** Address of the i32 price of length 2 after a repeated match; the longer follow. */
export function repLengthPrices(position: u32): u32 {
	return REP_LENGTH_PRICES + (position & chance.positionMask) * LENGTHS_SIZE;
}

/**
 * Address of the four i32 prices of a distance (minus one), by length state, that is min(length - 2, 3);
 * `alignPrice` comes on top.
 */
export function distancePrices(distance: u32): u32 {
	if (distance < NEAR_DISTANCES) return NEAR_PRICES + (distance << 4);
	return SLOT_PRICES + (chance.distanceSlot(distance) << 4);
}

/** What the low bits of a distance (minus one) cost on top, where their price is not in its row. */
export function alignPrice(distance: u32): u32 {
	return distance < NEAR_DISTANCES ? 0 : load<u32>((distance & 15) << 2, ALIGN_PRICES);
}

/** A literal after a literal, without the flag before it. */
export function literalPrice(position: u32): u32 {
	const context = chance.literalContext(position, load<u8>(position, INPUT - 1));
	return load<u16>((context << 9) + ((<u32>load<u8>(position, INPUT)) << 1), LITERAL_PRICES);
}

/** A literal after a match: its chances depend on `expected`, what the match would have gone on with. */
export function matchedLiteralPrice(position: u32, expected: u32): u32 {
	const context = chance.literalContext(position, load<u8>(position, INPUT - 1));
	const tree = chance.literalProbabilities(context);
	const symbol: u32 = load<u8>(position, INPUT);
	return (
		matchedBitPrice(tree, symbol, expected, 7) +
		matchedBitPrice(tree, symbol, expected, 6) +
		matchedBitPrice(tree, symbol, expected, 5) +
		matchedBitPrice(tree, symbol, expected, 4) +
		matchedBitPrice(tree, symbol, expected, 3) +
		matchedBitPrice(tree, symbol, expected, 2) +
		matchedBitPrice(tree, symbol, expected, 1) +
		matchedBitPrice(tree, symbol, expected, 0)
	);
}

/** The plain tree is followed by those for an expected zero and an expected one, used while all fitted. */
function matchedBitPrice(tree: u32, symbol: u32, expected: u32, shift: u32): u32 {
	const doesFit = (((symbol ^ expected) >> (shift + 1)) - 1) >> 31;
	const offset = -doesFit & (0x100 + (((expected >> shift) & 1) << 8));
	const node = (symbol | 0x100) >> (shift + 1);
	return priceOfBit(tree + ((node + offset) << 1), (symbol >> shift) & 1);
}
