/**
 * Surrogate encoders: images to features (section II-A of the paper scores the features, not the
 * pixels), the classifier that serves as one, and the pre-trained files they need.
 *
 * <p>Shapes: B batch, N samples, D width of the feature, S side of a network's input, K classes.
 * May import: {@code model}, {@code diffusion}, {@code optim}, {@code data}, {@code artifact},
 * {@code weights}, {@code tensor}, {@code config}, {@code files}, {@code task}.
 */
package io.winnow.encode;
