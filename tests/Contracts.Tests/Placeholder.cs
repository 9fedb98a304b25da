namespace GrokForge.Contracts.Tests;

