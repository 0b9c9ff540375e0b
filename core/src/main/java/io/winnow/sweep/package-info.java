/**
 * Sweeps: a base recipe, axes and seeds; the runs of all cells with one shared store; and the table
 * of what they measured. Knows recipes, runs and their files, no network.
 */
package io.winnow.sweep;
