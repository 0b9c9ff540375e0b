/**
 * What every room needs of the engine: scopes for native memory, random streams, devices, shape
 * checks, arrays in and out. The only user of JavaCPP's {@code PointerScope}.
 *
 * <p>Shapes: B batch, C channels, H W pixels or latent cells, N tokens or rows, D width, K classes,
 * T time steps. May import: {@code files}.
 */
package io.winnow.tensor;
