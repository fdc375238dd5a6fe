export { type Checkout, readCheckout } from "./checkout-reader.js";
export { type CheckoutOptions, writeCheckout } from "./checkout-writer.js";
export { CheckoutError, type CheckoutErrorCode } from "./errors.js";
