namespace GrokForge.Simulator.Rules;

/// <summary>Collects what is wrong with one request.</summary>
internal sealed class Findings
{
    private readonly List<(string Section, string Item, string Problem)> all = [];

    public IReadOnlyList<(string Section, string Item, string Problem)> All => all;

    public void Add(string section, string item, string problem) => all.Add((section, item, problem));

    public void Require(bool holds, string section, string item, string problem)
    {
        if (!holds)
        {
            Add(section, item, problem);
        }
    }
}
