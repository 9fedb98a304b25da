using System.Text.Json;
using GrokForge.Simulator.Records;
using GrokForge.Simulator.Rules;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Simulator.GrokWeb;

/// <summary>One path of the upstream: what it expects in a body and how it answers by itself.</summary>
internal abstract class GrokWebSurface
{
    public abstract Surface Surface { get; }

    public abstract string Path { get; }

    /// <summary>False where the path is only read.</summary>
    public virtual bool TakesBody => true;

    /// <summary>What tests want answered here.</summary>
    public ScriptBook Scripts { get; } = new();

    /// <summary>Checks the body of a request.</summary>
    public abstract void Check(JsonElement body, string token, Findings findings);

    /// <summary>The answer where neither a script nor the token decides. Called once per request.</summary>
    public abstract Answer Reply(ReceivedRequest request);

    /// <summary>Forgets everything learned from requests and scripts.</summary>
    public virtual void Clear() => Scripts.Clear();
}
