using System.Text;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Simulator.Control;

/// <summary>The plain page at /: what the simulator is and how to choose its answers.</summary>
internal static class StartPage
{
    public static readonly string Text = Write();

    private static string Write()
    {
        var page = new StringBuilder();
        page.AppendLine("GrokForge simulator: a stand-in for the upstream. Nothing here reaches a real account.");
        page.AppendLine();
        page.AppendLine("Surfaces");
        Row(page, "POST /rest/app-chat/conversations/new", "chat stream");
        Row(page, "POST /rest/rate-limits", "quota windows");
        Row(page, "POST /rest/app-chat/upload-file", "file upload");
        Row(page, "POST /v1/chat/completions", "the official API, with any Bearer key");
        Row(page, "POST /v1/images/generations", "its pictures");
        Row(page, "GET  /v1/models", "its models");
        page.AppendLine();
        page.AppendLine("Tokens that begin with");
        foreach (var prefix in TokenPrefixes.All)
        {
            Row(page, prefix.Start, prefix.Meaning);
        }

        page.AppendLine();
        page.AppendLine("Markers in the last user message");
        foreach (var marker in PromptMarkers.All)
        {
            Row(page, $"[[{marker.Form}]]", marker.Meaning);
        }

        page.AppendLine();
        page.AppendLine("Control");
        Row(page, "GET  /_simulator/requests", "what was received (?token=, ?surface=)");
        Row(page, "GET  /_simulator/stats", "in flight, high water, served per token and mode");
        Row(page, "GET  /_simulator/violations", "deviations from the wire protocol");
        Row(page, "GET  /_simulator/gates", "gates and how many answers wait at each");
        Row(page, "POST /_simulator/gates/{name}/open", "lets the answers at a gate go on");
        Row(page, "POST /_simulator/script", "{\"token\":…, \"surface\":\"chat\", \"answer\":\"[[status 429]]\", \"times\":1}");
        Row(page, "POST /_simulator/quota", "{\"token\":…, \"mode\":\"fast\", \"total\":30, \"remaining\":3}");
        Row(page, "POST /_simulator/reset", "forgets everything");
        return page.ToString();
    }

    private static void Row(StringBuilder page, string name, string meaning) => page.Append("  ").Append(name.PadRight(40)).Append("  ").AppendLine(meaning);
}
