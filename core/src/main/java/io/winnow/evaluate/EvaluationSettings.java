package io.winnow.evaluate;

import io.winnow.config.OrNull;
import io.winnow.encode.Encoder;
import io.winnow.task.Progress;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * How evaluations are made.
 *
 * @param encoders finds an encoder by its name, before any work begins, and opens it later
 * @param chosen name of the encoder of metrics that have none of their own; null to take that of
 *     the features or the statistics given
 * @param classifier name of the encoder that class agreement falls back on where that one is no
 *     classifier; null for none
 * @param batch images per call of a network
 * @param work folder of features that have no place of their own, and of statistics of the
 *     reference, kept by identity
 * @param pictures folder of the pictures of memorisation's closest pairs
 * @param seed of subset draws
 * @param precision arithmetic of the networks, for the circumstances
 * @param stop asked between batches
 */
public record EvaluationSettings(
    Function<String, Supplier<Encoder>> encoders,
    @OrNull String chosen,
    @OrNull String classifier,
    int batch,
    Path work,
    Path pictures,
    long seed,
    String precision,
    Progress listener,
    BooleanSupplier stop) {}
