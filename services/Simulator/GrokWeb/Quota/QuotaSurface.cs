using System.Globalization;
using System.Text.Json;
using GrokForge.Simulator.Records;
using GrokForge.Simulator.Rules;
using GrokForge.Simulator.Scripts;
using static GrokForge.Simulator.Rules.FieldValues;

namespace GrokForge.Simulator.GrokWeb.Quota;

/// <summary>Rate limits: reads the windows that chat requests empty, e.g. {"modelName":"fast"} -> {"windowSizeSeconds":86400,"remainingQueries":27,"totalQueries":30}</summary>
internal sealed class QuotaSurface(QuotaWindows windows) : GrokWebSurface
{
    private const string Section = "7";

    private static readonly FieldRule[] Fields = [new("modelName", true, "the upstream name of a mode", value => IsString(value) && QuotaWindows.Knows(value.GetString()!))];

    public override Surface Surface => Surface.Quota;

    public override string Path => "/rest/rate-limits";

    public override void Check(JsonElement body, string token, Findings findings)
    {
        if (IsObject(body))
        {
            FieldRule.CheckAll(body, Fields, Section, "", findings);
        }
        else
        {
            findings.Add(Section, "body", "must be an object");
        }
    }

    public override Answer Reply(ReceivedRequest request)
    {
        if (windows.Read(request.Token, request.Mode) is not { } reading)
        {
            return Answer.Failure(400, 3, "Unknown model name");
        }

        var wait = reading.Wait is { } left ? string.Create(CultureInfo.InvariantCulture, $",\"waitTimeSeconds\":{Math.Ceiling(left.TotalSeconds)}") : "";
        return Answer.Json(string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"windowSizeSeconds":{{(long)reading.Window.TotalSeconds}},"remainingQueries":{{reading.Remaining}},"totalQueries":{{reading.Total}}{{wait}}}"""));
    }
}
