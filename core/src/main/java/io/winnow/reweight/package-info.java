/**
 * Class weights by distributionally robust optimisation over a proxy and a reference (section III-C
 * and equation 2 of the paper).
 *
 * <p>Shapes: B batch, K classes (or any other groups). May import: {@code train}, {@code
 * diffusion}, {@code data}, {@code artifact}, {@code tensor}, {@code weights}, {@code config},
 * {@code files}.
 */
package io.winnow.reweight;
