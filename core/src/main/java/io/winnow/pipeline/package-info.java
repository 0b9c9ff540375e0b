/**
 * The method of the paper as one pipeline (figure 1): encode, prune, reference, reweight, train,
 * sample, evaluate, wired from a recipe, with the run's folder, its record and exact resume.
 *
 * <p>Shapes: B batch, C channels, H W pixels, K classes. May import: every room below; not {@code
 * report}, which the command line hands in.
 */
package io.winnow.pipeline;
