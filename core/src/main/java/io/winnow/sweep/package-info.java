/**
 * Sweeps: a base recipe, axes and seeds; the runs of all cells with one shared store, what they
 * will cost, and the table of what they measured; and the search for a selection within a budget.
 * Knows recipes, runs and their files, no network.
 */
package io.winnow.sweep;
