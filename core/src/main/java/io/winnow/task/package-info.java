/**
 * What long work tells its caller and how it is stopped: one {@link io.winnow.task.Progress}, one
 * {@link io.winnow.task.Interrupted}, for every room. Imports nothing.
 */
package io.winnow.task;
