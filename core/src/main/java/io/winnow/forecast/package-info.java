/**
 * What a run will cost: measured costs and counted work in, seconds, memory, energy and price out.
 * Numbers alone; who measures is {@code pipeline}.
 *
 * <p>Imports {@code config}.
 */
package io.winnow.forecast;
