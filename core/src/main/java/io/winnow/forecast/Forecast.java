package io.winnow.forecast;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.winnow.config.OrNull;

/**
 * What a recipe will cost on this machine: as it is, and for training on all images beside.
 *
 * @param name of the recipe
 * @param on what it was measured on, in words
 * @param measuringSeconds how long measuring took
 * @param images of the data set
 * @param coreset the run as the recipe has it
 * @param full the run on all images, without selection and class weights
 * @param microBatch null where no training is left to do
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Forecast(
    String name,
    String on,
    double measuringSeconds,
    int images,
    RunCost coreset,
    RunCost full,
    @OrNull MicroBatch microBatch) {}
